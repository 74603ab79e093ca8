"""The names of flows and deployments, so that nobody needs Prefect to spell them."""

ADVANCE_PROJECT = "advance-project"
ADVANCE_MANY = "advance-many"
MILESTONE_WATCH = "milestone-watch"
FUNDING_WATCH = "funding-watch"
NIGHTLY_CONTROLS = "nightly-controls"
RECONCILE_BOOKS = "reconcile-books"
OUTBOX_DELIVERY = "outbox-delivery"

ON_DEMAND = "on-demand"
EVERY_MINUTE = "every-minute"
WORKING_MORNINGS = "working-mornings"
EVERY_NIGHT = "every-night"
