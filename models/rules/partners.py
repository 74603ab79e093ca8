"""What kinds of body take part in projects."""

PARTNER_TYPES = (
    "ministry",
    "public_agency",
    "wilaya",
    "regional_council",
    "provincial_council",
    "municipality",
    "university",
    "foundation",
    "association",
    "company",
    "other",
)
