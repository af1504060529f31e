"""What every template knows."""

from django.conf import settings
from django.http import HttpRequest


def product(request: HttpRequest) -> dict[str, str]:
    """The product's name, and the host by which a person can check where they are."""
    return {"product_name": settings.PRODUCT_NAME, "host_name": request.get_host()}
