"""Mail: as the office sees it, letters to a group, and the newsletter; and the other systems that are told."""

from django.urls import path

from notifications.views import archive, inbound, issues, letters, mine, notices, pauses, status, webhooks, wordings

urlpatterns = [
    path("sessions/<int:pk>/calls/", notices.session_calls, name="session_calls"),
    path("registers/letters/<int:pk>/", letters.letter_list, name="letter_list"),
    path("registers/letters/<int:pk>/write/", letters.letter_create, name="letter_create"),
    path("registers/letters/<int:pk>/<int:letter>/", letters.letter_detail, name="letter_detail"),
    path("newsletter/archive/", archive.newsletter_archive, name="newsletter_archive"),
    path("newsletter/archive/<int:pk>/", archive.newsletter_issue, name="newsletter_issue"),
    path("newsletter/feed.atom", archive.newsletter_feed, name="newsletter_feed"),
    path("office/mail/", notices.office_notice_list, name="office_notice_list"),
    path("office/mail/<int:pk>/", notices.office_notice, name="office_notice"),
    path("office/mail/<int:pk>/sample/", notices.office_notice_sample, name="office_notice_sample"),
    path("office/mail/words/", wordings.office_wording_list, name="office_wording_list"),
    path("office/mail/words/<slug:kind>/", wordings.office_wording, name="office_wording"),
    path("office/work-groups/<int:pk>/mail/", pauses.office_mail_pause, name="office_mail_pause"),
    path("my/mail/", mine.my_mail, name="my_mail"),
    path("my/mail/choices/", mine.my_mail_choices, name="my_mail_choices"),
    path("bookings/mail/", mine.school_mail, name="school_mail"),
    path("office/mail/in/", inbound.office_inbound_list, name="office_inbound_list"),
    path("office/mail/in/<int:pk>/", inbound.office_inbound, name="office_inbound"),
    path("office/mail/addresses/<int:pk>/again/", inbound.office_address_again, name="office_address_again"),
    path("office/status/", status.office_status, name="office_status"),
    path("office/webhooks/", webhooks.office_webhook_list, name="office_webhook_list"),
    path("office/webhooks/add/", webhooks.office_webhook_create, name="office_webhook_create"),
    path("office/webhooks/<int:pk>/", webhooks.office_webhook, name="office_webhook"),
    path("office/webhooks/<int:pk>/edit/", webhooks.office_webhook_edit, name="office_webhook_edit"),
    path("office/newsletter/", issues.office_issue_list, name="office_issue_list"),
    path("office/newsletter/write/", issues.office_issue_create, name="office_issue_create"),
    path("office/newsletter/<int:pk>/", issues.office_issue, name="office_issue"),
    path("office/newsletter/<int:pk>/edit/", issues.office_issue_edit, name="office_issue_edit"),
]
