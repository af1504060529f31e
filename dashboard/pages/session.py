"""Signing in and out, and the way from the root to the first account."""

from typing import Any

from django import forms
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.queries import memberships_of
from accounts.throttle import begin_sign_in, end_sign_in
from connected_apps.oauth.requests import client_waiting_at


class SignInForm(AuthenticationForm):
    """E-mail address and password. One text for every mismatch: it tells nobody who is a user."""

    username = forms.EmailField(
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address, such as maya@acme.example.",
        }
    )
    password = forms.CharField(strip=False, error_messages={"required": "Enter your password."})

    error_messages = {
        "invalid_login": "E-mail and password do not match.",
        "inactive": "E-mail and password do not match.",
        "throttled": "Too many tries that did not match. Wait %(seconds)s s, then try again.",
    }

    def clean(self) -> dict[str, Any]:
        """Throttled tries are refused before the password is looked at, right or wrong."""
        email = self.cleaned_data.get("username")
        if not email or not self.cleaned_data.get("password"):
            return self.cleaned_data
        address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if seconds := begin_sign_in(email=email, address=address):
            words = self.error_messages["throttled"]
            raise forms.ValidationError(words, code="throttled", params={"seconds": seconds})
        cleaned = super().clean()
        end_sign_in(email=email, address=address)
        return cleaned


class SignIn(LoginView):
    template_name = "dashboard/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """Names the application whose request waits behind the sign-in."""
        context = super().get_context_data(**more)
        context["waiting_client"] = client_waiting_at(self.get_redirect_url())
        return context

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        is_throttled = form.has_error("__all__", "throttled")
        context = self.get_context_data(form=form, is_throttled=is_throttled)
        return self.render_to_response(context, status=429 if is_throttled else 422)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The packages of the person's first account, or a page that says there is none."""
    assert isinstance(request.user, User)  # noqa: S101  login_required stands in front
    membership = memberships_of(request.user).first()
    if membership is None:
        return render(request, "dashboard/no_account.html")
    return redirect("packages", account=membership.account.subdomain)
