"""The form that asks for the token."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from voila.voila_identity_provider import VoilaLoginHandler

from petwidgets.server.page import HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

SCRIPT = "voila/templates/petwidgets/static/login.js"

ASK = "This page is for those who have its token: type it here, or open the whole link."
WRONG = "This is not the token: look whether all of it is there, in small and capital letters."

FORM = f"""{HEAD}
<title>petwidgets: the token</title>
<style>
input,button{{box-sizing:border-box;font:inherit;min-height:2.6rem;padding:0 .8rem}}
input{{margin:.2rem 0 .8rem;width:100%%}}</style>
<script src="%(base)s{SCRIPT}"></script>
</head>
<body>
<form action="%(base)slogin?next=%(next)s" method="post">%(xsrf)s
<p role="%(role)s" id="said">%(sentence)s</p>
<label>Token <input type="password" name="password" aria-describedby="said" required autofocus
 autocomplete="current-password"></label>
<button>Open the page</button>
</form>
</body>
</html>
"""


def without_token(url: str) -> tuple[str, bool]:
    """Return a URL without its token, and whether it had one; "/" for what is no URL.

    Example:
        >>> without_token("/pets/?token=guess&x=1")
        ('/pets/?x=1', True)
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # a host in brackets, which no page of ours has
        return "/", False
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if name != "token"]
    if len(kept) == len(query):
        return url, False
    return urlunsplit(parts._replace(query=urlencode(kept))), True


class LoginHandler(VoilaLoginHandler):
    """Handler of the form, and of the token that it sends."""

    @allow_unauthenticated
    async def post(self) -> None:
        """Check the token from the form, in its turn."""
        provider = self.identity_provider
        await provider.wait()
        super().post()
        provider.note(right=bool(self.current_user))

    def _render(self, message: Mapping[str, str] | None = None) -> None:
        """Write the form; `message` is there after a wrong token, as is one in the link."""
        wanted, had_token = without_token(self.get_argument("next", default=self.base_url))
        wrong = message is not None or had_token
        self.set_header("Cache-Control", "no-store")
        role, sentence = ("alert", WRONG) if wrong else ("note", ASK)
        parts = {
            "base": escape(self.base_url),
            "next": quote(wanted, safe="/"),
            "xsrf": self.xsrf_form_html(),
            "role": role,
            "sentence": sentence,
        }
        self.finish(FORM % parts)
