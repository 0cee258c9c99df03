"""Does a door take longer for an address that it knows? Known and unknown in turn, and the difference of the medians.

    python3 -m benchmarks.doors [--rounds 60]

Each answer is timed inside one process, without a network. A network hides differences of about a millisecond from
who asks a thousand times; a password takes a hundred milliseconds to check, and that is what must not be seen.
"""

import argparse
import os
import statistics
import tempfile
import time

PASSWORD = "a long enough password"
DOORS = {
    "password": ("/accounts/login/", "login"),
    "log-in by code": ("/accounts/login/code/", "email"),
    "new password": ("/accounts/password/reset/", "email"),
    "sign-up": ("/accounts/signup/", "email"),
    "sign-up with a passkey": ("/accounts/signup/passkey/", "email"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HUB_VAR": folder, "DJANGO_SETTINGS_MODULE": "config.settings", "HUB_LOG_LEVEL": "ERROR"}
        measure(rounds)


def measure(rounds: int) -> None:
    import django

    django.setup()
    from allauth.account.models import EmailAddress
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from accounts.models import User

    settings.ALLOWED_HOSTS, settings.ACCOUNT_RATE_LIMITS, settings.MFA_RATE_LIMITS = ["testserver"], False, False
    call_command("migrate", verbosity=0)
    people = [
        User.objects.create_user(email=f"known{number}@school.example", name="Kim Lee", password=PASSWORD)
        for number in range(rounds)
    ]
    for person in people:
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    print(f"{'door':<24}{'known ms':>10}{'unknown ms':>12}{'difference':>12}")
    for name, (address, field) in DOORS.items():
        taken: dict[str, list[float]] = {"known": [], "unknown": []}
        for number in range(rounds):
            for who, times in taken.items():
                data = {field: f"{who}{number}@school.example", "password": "a guess", "name": "Kim Lee"}
                client = Client()
                client.get(address)
                begun = time.perf_counter()
                client.post(address, data | {"password1": PASSWORD})
                times.append((time.perf_counter() - begun) * 1000)
        known, unknown = statistics.median(taken["known"]), statistics.median(taken["unknown"])
        print(f"{name:<24}{known:>10.1f}{unknown:>12.1f}{known - unknown:>+12.1f}")


if __name__ == "__main__":
    main()
