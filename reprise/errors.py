"""The one exception that stands for a mistake the user can mend, and what no text of ours shows."""

import re
from urllib.parse import unquote_plus

HIDDEN = "hidden"
# A quote ends a URL in a text, and so does the next one that is not a value in its query; a text
# that is one URL may hold quotes.
_IN_TEXT = re.compile(r"[\w+.-]{0,30}://(?:(?!(?<![=\w+.-])[\w+.-]{1,30}://)[^\s'\"])*")
_WHOLE = re.compile(r"[\w+.-]{1,30}://(?:(?!(?<![=\w+.-])[\w+.-]{1,30}://)\S)*")
# What ends a sentence, or closes what the URL stands in, is not the URL's.
_AFTER = "\\>)]}`.,;:!?"
# RFC 3986, appendix B: scheme, authority, path, query and fragment of any text, valid or not.
_PARTS = re.compile(r"([\w+.-]*://)([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_HOST = re.compile(r"(\[[^\]]*\]|[^:]*)(:[0-9]*)?")
_SECRET = re.compile(
    r".*(signature|credentials?|token|passwd|password|passphrase|secret|jwt|authorization)"
    r"|(.*[^a-z])?(sig|pwd|pass|auth|key|session)|.*sess(ion)?[^a-z]?id"
    r"|.*(api|access|secret|private|account|subscription|shared|auth|session|function|resource"
    r"|master|pass|rl)[^a-z]?key"
    r"|.*access[^a-z]?(key)?[^a-z]?id|key-pair-id|policy"
)


class RepriseError(Exception):
    """A rule that the user's input breaks, in one line: the rule, the value, the remedy.

    Steps print it on stderr, tag their run with it and exit with status 1; no traceback. URLs in
    it lose their secrets.
    """

    def __init__(self, message: str) -> None:
        super().__init__(hidden(" ".join(message.split())))


def hidden(text: str) -> str:
    """The text with every URL in it without user and password, and without secrets of its query.

    The value of a parameter that signs, or lets in (`X-Amz-Signature`, `sig`, `token`, `password`,
    `key` …) becomes `hidden`. The user of an ssh URL stays: without it nobody connects. Anything
    else is as it was; applied again, it changes nothing.
    """
    if "://" not in text:
        return text
    urls = _WHOLE if _WHOLE.fullmatch(text) else _IN_TEXT
    return urls.sub(lambda found: _without_secrets(found[0]), text)


def _without_secrets(url: str) -> str:
    bare = url.rstrip(_AFTER)
    parts = _PARTS.fullmatch(bare)
    if parts is None:
        return url
    scheme, authority = parts[1], parts[2]
    user, _, host = authority.rpartition("@")
    rest = bare[parts.end(2) :]
    if not _HOST.fullmatch(host) and "@" in rest:
        # No port: the password holds a character that ends an authority.
        user, _, rest = f"{user}@{host}{rest}".rpartition("@")
        host, rest = _split_host(rest)
    if scheme.rpartition("+")[2] == "ssh://" and user:
        host = f"{user.partition(':')[0]}@{host}"
    path, mark, fragment = rest.partition("#")
    path, question, query = path.partition("?")
    shown = f"{path}{question}{_without_values(query)}{mark}{_without_values(fragment)}"
    return f"{scheme}{host}{shown}{url[len(bare) :]}"


def _split_host(text: str) -> tuple[str, str]:
    end = re.search(r"[/?#]|$", text)
    return (text[: end.start()], text[end.start() :]) if end else (text, "")


def _without_values(query: str) -> str:
    return "".join(map(_without_value, re.split(r"([&;])", query)))


def _without_value(pair: str) -> str:
    name, equals, value = pair.partition("=")
    is_secret = value and _SECRET.fullmatch(unquote_plus(name).lower())
    return f"{name}={HIDDEN}" if is_secret else f"{name}{equals}{hidden(value)}"
