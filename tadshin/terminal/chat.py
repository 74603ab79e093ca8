"""`tadshin chat ...`: the local feed as it would look, and what is on its way."""

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click

from models.rules.authority import Action
from tadshin.terminal import paper
from tadshin.terminal.choices import channels, project_keys, short
from tadshin.terminal.desk import Desk
from tadshin.terminal.grammar import Noun, argument, option
from tadshin.terminal.language import _, _n, named, spoken
from tadshin.terminal.values import RequestId, Whole

if TYPE_CHECKING:
    from models.queries.chat import ChatStatus, DeliveryLine, FeedLine

USUAL_LINES = 20
LOOK_SECONDS = 1.0
_FOR_CHAT_ALONE = str.maketrans("", "", "\u200f\u2060")
"""Marks that lay a line out in chat or keep it from acting there; a terminal needs neither."""


@click.group(
    "chat",
    cls=Noun,
    invoke_without_command=True,
    examples=("tadshin chat", "tadshin chat --channel '#tadshin-ar' --follow", "tadshin chat status"),
)
@option("--channel", metavar="NAME", help="Only this channel.", shell_complete=channels)
@option("--project", metavar="KEY", help="Only about this project.", shell_complete=project_keys)
@option(
    "--limit",
    type=Whole(1, 1000),
    default=USUAL_LINES,
    show_default=True,
    metavar="NUMBER",
    help="How many messages, the latest.",
)
@option("--follow", is_flag=True, help="Go on showing messages as they come, until Ctrl-C.")
@click.pass_context
def chat(ctx: click.Context, channel: str | None, project: str | None, limit: int, follow: bool) -> None:
    """The messages that went out, as they look; where no chat is set up they stay in this feed."""
    if ctx.invoked_subcommand is not None:
        return
    desk: Desk = ctx.obj
    channel = _channel_of(desk, channel) if channel is not None else None
    lines = _read(desk, channel, project, None, limit)
    if follow:
        _follow(desk, channel, project, lines)
    else:
        desk.answer({"messages": lines}, lambda: show_messages(lines))


@chat.command("status", examples=("tadshin chat status",))
@click.pass_obj
def status(desk: Desk) -> None:
    """Show how many messages wait, and which fail or were given up, and why."""
    from models.queries.chat import read_status

    with desk.reading() as session:
        desk.allow(session, Action.READ)
        found = read_status(session)
    desk.answer(paper.plain(found), lambda: _show_status(found))


@chat.command("retry", examples=("tadshin chat retry --as LOGIN",))
@argument(
    "delivery", type=RequestId(), required=False, metavar="[ID]", help="One message; every one otherwise."
)
@click.pass_obj
def retry(desk: Desk, delivery: UUID | None) -> None:
    """Put messages that were given up back on their way."""
    from models.operations import deliveries

    with desk.writing() as session:
        count = deliveries.retry(session, by=desk.login(), at=desk.now, delivery=delivery)
    words = _n("{count} message is on its way again.", "{count} messages are on their way again.", count)
    desk.done({"count": count}, words)


def _channel_of(desk: Desk, name: str) -> str:
    """Return the channel that a name means, with or without its #.

    Raises: UnknownKey, with the nearest channels.
    """
    from models.queries.chat import list_channels
    from models.queries.projects import nearest
    from models.rules.errors import UnknownKey
    from models.settings import load_settings

    with desk.reading() as session:
        known = {channel.name for channel in load_settings().channels} | set(list_channels(session))
    found = next((channel for channel in known if channel.lstrip("#") == name.strip().lstrip("#")), None)
    if found is None:
        near = nearest(name, sorted(known)) or tuple(sorted(known))
        raise UnknownKey(noun="channel", key=short(name), candidates=near)
    return found


def _read(
    desk: Desk, channel: str | None, project: str | None, since: datetime | None, limit: int
) -> list["FeedLine"]:
    from models.queries.chat import read_feed
    from models.queries.projects import list_projects

    with desk.reading() as session:
        lines = read_feed(session, channel=channel, project=project, since=since, limit=limit)
        regions = {line.key: line.region for line in list_projects(session)}
        return [
            line
            for line in lines
            if line.project is None or desk.may_read(session, line.project, regions[line.project])
        ]


def _follow(desk: Desk, channel: str | None, project: str | None, lines: Sequence["FeedLine"]) -> None:
    """Show what comes in, each message once; one that arrives late for its time is not missed."""
    seen: set[UUID] = set()
    if not lines and not desk.as_json:
        show_messages(lines)
    desk.note(_("Waiting for messages. Ctrl-C ends it."))
    while True:
        for line in lines:
            if line.id not in seen:
                seen.add(line.id)
                desk.answer(paper.plain(line), lambda line=line: show_messages([line]))  # type: ignore[misc]
        sys.stdout.flush()
        time.sleep(LOOK_SECONDS)
        lines = _read(desk, channel, project, None, USUAL_LINES * 10)


def show_messages(lines: Sequence["FeedLine"]) -> None:
    """Print messages as chat lays them out."""
    from notifications.words import shown

    if not lines:
        paper.line(_("No messages yet."))
    for line in lines:
        arrow = "↳ " if line.is_reply else ""
        paper.line(f"{arrow}{line.channel}  {shown(line.posted_at, spoken())}", style="bold cyan")
        for text, style in _parts(line):
            paper.line(text, style=style)
        paper.line()


def _parts(line: "FeedLine") -> list[tuple[str, str]]:
    """Return the paragraphs of a message with their styles, as chat lays them out."""
    parts: list[tuple[str, str]] = []
    for block in line.blocks:
        match block:
            case {"type": "header", "text": {"text": str(text)}}:
                parts.append((_as_read(text), "bold"))
            case {"type": "section", "text": {"text": str(text)}}:
                parts.append((_as_read(text), ""))
            case {"type": "context", "elements": list(elements)}:
                parts += [(_as_read(str(element.get("text", ""))), "dim") for element in elements]
    return parts or [(_as_read(line.text), "")]


def _as_read(text: str) -> str:
    from notifications.feed import as_shown

    return as_shown(text).translate(_FOR_CHAT_ALONE)


def _show_status(found: "ChatStatus") -> None:
    waiting = found.pending + found.unaddressed
    paper.line(_n("{count} message is on its way.", "{count} messages are on their way.", waiting))
    paper.line(_n("{count} message was sent.", "{count} messages were sent.", found.sent))
    for title, lines in ((_("Failing"), found.failing), (_("Given up"), found.given_up)):
        if lines:
            paper.line()
            paper.line(title, style="bold red")
            _show_deliveries(lines)


def _show_deliveries(lines: Sequence["DeliveryLine"]) -> None:
    from notifications.words import shown

    columns = [
        paper.Column(_("Id"), whole=True),
        paper.Column(_("Channel")),
        paper.Column(_("Project")),
        paper.Column(_("Attempts"), right=True),
        paper.Column(_("Last outcome")),
        paper.Column(_("Next attempt")),
    ]
    rows = [
        (
            str(line.id),
            line.channel,
            line.project or "",
            str(line.attempts),
            f"{named('outcome', line.last_outcome)} {line.last_detail}".strip(),
            shown(line.next_at, spoken()),
        )
        for line in lines
    ]
    paper.table(columns, rows)
