"""Secrets that wait in the database are read by nobody who has only the database."""

from django.test import override_settings

from accounts.sealing import seal, unseal


def test_sealed_is_opened_for_its_own_use_alone() -> None:
    sealed = seal("hub_secret", use="keys")

    assert "hub_secret" not in sealed
    assert (unseal(sealed, use="keys"), unseal(sealed, use="links"), unseal("", use="keys")) == (
        "hub_secret",
        None,
        None,
    )


def test_sealed_is_not_opened_after_its_time() -> None:
    sealed = seal("hub_secret", use="keys")

    assert unseal(sealed, use="keys", seconds=-1) is None


def test_sealed_is_opened_by_a_former_secret_of_the_hub_and_by_no_other() -> None:
    with override_settings(SECRET_KEY="the former"):
        sealed = seal("hub_secret", use="keys")

    with override_settings(SECRET_KEY="the new", SECRET_KEY_FALLBACKS=["the former"]):
        known = unseal(sealed, use="keys")
    with override_settings(SECRET_KEY="the new", SECRET_KEY_FALLBACKS=[]):
        lost = unseal(sealed, use="keys")

    assert (known, lost) == ("hub_secret", None)
