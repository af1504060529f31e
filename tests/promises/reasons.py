"""Reasons that many pieces of the document share."""

HEAD = "head of a table"
LEAD_IN = "leads over to what follows"
REFERENCE = "points to another section"
ADVICE = "advice to the reader, about nothing the product does"
CLIENT = "what another company's client does or shows"
VENDOR = "address and history of the vendor's service; PUBLIC_URL and API_URL say ours"

RESTORING = "Every version is kept with its whole flow; no page shows them or restores one so far"
ARCHIVING = "The tool archives and the list shows it; no page has a button for it so far"
ELASTICSEARCH = (
    "The database is searched, behind an interface for other backends, none of them so far"
)
STORES = "The files are those of a local folder and of S3; SFTP has no driver so far"
"""From RESTORING on they say what the product does not have yet."""
