"""What a mail server's refusal speaks of: the address it was for, or the mail, its sender, or the server itself."""

import re

# Says something about the address, and will say the same tomorrow (RFC 3463, 3.2, and the registry of RFC 5248).
# 5.1.7 and 5.1.8 speak of the sender's address; 5.2.2 is a mailbox that is full, 5.7 a mail that was not liked.
_OF_THE_ADDRESS = re.compile(r"5\.(1\.(?![78]$)\d+|2\.1|4\.4|4\.310)")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
# "No such user here" (RFC 5321, 4.2.3). Some servers say the same where they do not like who asks; those words tell,
# and a mailbox is better tried once more than never.
_NO_SUCH_MAILBOX = {550, 551, 553}
_OF_US = re.compile(
    r"relay|polic|spam|junk|block|denied|listed|dnsbl|reputation|authenti|\bspf\b|dmarc|dkim|sender", re.I
)


def statuses(words: str) -> list[str]:
    """The codes of RFC 3463 in these words, in their order."""
    return _STATUS.findall(words)


def is_of_the_address(code: str) -> bool:
    """There is no use in writing to it again."""
    return bool(_OF_THE_ADDRESS.fullmatch(code))


def refused_address(code: int, reply: str) -> str:
    """The code by which a server refuses a recipient (RFC 5321, 3.3) because of the address; empty: not because of it.

    Where the server says no code of RFC 3463, that of SMTP itself.
    """
    said = statuses(reply)
    if said:
        return said[0] if 500 <= code < 600 and is_of_the_address(said[0]) else ""
    return str(code) if code in _NO_SUCH_MAILBOX and not _OF_US.search(reply) else ""
