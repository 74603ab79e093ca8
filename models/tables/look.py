from datetime import datetime

from sqlmodel import Field, SQLModel

from models.tables.columns import instant


class Look(SQLModel, table=True):
    """When something was last looked at that leaves no other trace where it finds nothing new.

    `name` says what; `looked_at` when the look began.
    """

    name: str = Field(max_length=40, primary_key=True)
    looked_at: datetime = instant()
