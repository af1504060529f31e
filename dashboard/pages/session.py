"""Signing in and out, and the way from the root to the first account."""

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
    }


class SignIn(LoginView):
    template_name = "dashboard/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


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
