"""Mail, as the office sees it."""

from django.urls import path

from notifications import views

urlpatterns = [
    path("sessions/<int:pk>/calls/", views.session_calls, name="session_calls"),
    path("office/mail/", views.office_notice_list, name="office_notice_list"),
    path("office/mail/<int:pk>/", views.office_notice, name="office_notice"),
]
