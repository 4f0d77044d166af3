"""Who runs the mail of a domain, as far as the domain's own name tells.

Mailbox providers slow senders down for all their domains at once: who is too fast for hotmail.com is too fast for
outlook.com. Large providers are known by name; every other domain stands for itself, although it may be hosted by one
of them (their MX would say so, but the relay knows that, not we). The settings can add domains to an operator.
"""

import functools

#: Domains, or, with a dot at the end, names that are the same operator's in every country: `yahoo.` is yahoo.com,
#: yahoo.fr and so on.
#: Collected from the operators' pages for postmasters: support.google.com/mail, senders.yahooinc.com,
#: sendersupport.olc.protection.outlook.com, postmaster.gmx.net, postmaster.mail.ru, support.apple.com/102525, and
#: knowledge.validity.com on Microsoft's and Yahoo's domains.
OPERATORS: dict[str, tuple[str, ...]] = {
    "apple": ("icloud.com", "mac.com", "me.com"),
    "fastmail": ("fastmail.com", "fastmail.fm"),
    "gmx": ("gmx.", "web.de", "mail.com"),
    "google": ("gmail.com", "googlemail.com"),
    "mail.ru": ("mail.ru", "bk.ru", "inbox.ru", "internet.ru", "list.ru"),
    "microsoft": ("hotmail.", "live.", "outlook.", "msn.com", "windowslive.com", "passport.com"),
    "netease": ("126.com", "163.com", "yeah.net"),
    "orange": ("orange.fr", "wanadoo.fr"),
    "proton": ("pm.me", "proton.me", "protonmail.ch", "protonmail.com"),
    "tencent": ("foxmail.com", "qq.com"),
    "yahoo": ("yahoo.", "aim.com", "aol.", "rocketmail.com", "ymail.com", "verizon.net"),
    "yandex": ("yandex.", "ya.ru"),
}

_BY_DOMAIN = {name: operator for operator, names in OPERATORS.items() for name in names}
#: Longest ending of a country: `co.uk`, `com.br`.
_COUNTRY_LABELS = 2
_COUNTRY_CHARS = 6


@functools.lru_cache(maxsize=4_096)
def operator_of(domain: str) -> str:
    """The operator of a domain, in lower case: `google`, or the domain itself where we know none.

    Worked example: `hotmail.co.uk` and `outlook.com` are both `microsoft`; `acme.example` is `acme.example`.
    """
    name = domain.lower().rstrip(".")
    first, _, country = name.partition(".")
    is_country = country.count(".") < _COUNTRY_LABELS and len(country) <= _COUNTRY_CHARS
    return _BY_DOMAIN.get(name) or (_BY_DOMAIN.get(f"{first}.") if is_country else None) or name
