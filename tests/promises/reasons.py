"""Reasons that many pieces of the document share."""

HEAD = "head of a table"
LEAD_IN = "leads over to what follows"
REFERENCE = "points to another section"
ADVICE = "advice to the reader, about nothing the product does"
CLIENT = "what another company's client does or shows"
VENDOR = "address and history of the vendor's service; PUBLIC_URL and API_URL say ours"

SIGN_IN = "needs the sign-in of clients by OAuth in a browser"
PAGE = "needs the Connected Applications page"
BUNDLE = "needs the .mcpb extension and its card on the page"
GRANT = "needs the legacy password grant"
"""The last four name what is still to be built."""
