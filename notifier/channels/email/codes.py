"""The code in a mail's return path that names its delivery and cannot be forged: `b+{delivery}.{mac}@bounce-domain`."""

import hashlib
import hmac
import re

_MAC_BYTES = 8
#: Some servers repeat addresses in capitals; ours have none.
_CODE = re.compile(rf"([a-z0-9][a-z0-9.]{{1,60}})\.([0-9a-f]{{{2 * _MAC_BYTES}}})")
_ADDRESS = re.compile(rf"\bb\+{_CODE.pattern}@")
#: In a bounce there is one; a text full of them is somebody who tries.
_MOST_TRIED = 20


class Codes:
    """Makes and checks them."""

    def __init__(self, secret: bytes) -> None:
        """`secret` must stay the same over restarts."""
        # A keyed BLAKE2 is a message authentication code too, and twenty times as fast on these few bytes.
        self._keyed = hashlib.blake2b(key=hashlib.sha256(secret).digest(), digest_size=_MAC_BYTES)

    def mac(self, delivery: str) -> str:
        """What only we can put beside a delivery's key."""
        mac = self._keyed.copy()
        mac.update(delivery.encode())
        return mac.hexdigest()

    def of_address(self, text: str) -> str | None:
        """The delivery that a return path of ours in `text` names; None without one that we made."""
        return self._first(_ADDRESS, text)

    def of_envelope_id(self, text: str) -> str | None:
        """The delivery that an envelope id (RFC 3461 ENVID) of ours names; None when we did not make it."""
        return self._first(_CODE, text)

    def _first(self, shape: re.Pattern[str], text: str) -> str | None:
        for count, found in enumerate(shape.finditer(text.lower())):
            if count >= _MOST_TRIED:
                return None
            if hmac.compare_digest(self.mac(found[1]), found[2]):
                return found[1]
        return None
