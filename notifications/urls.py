
from django.urls import path

from notifications.views import letters, notices

urlpatterns = [
    path("sessions/<int:pk>/calls/", notices.session_calls, name="session_calls"),
    path("registers/letters/<int:pk>/", letters.letter_list, name="letter_list"),
    path("registers/letters/<int:pk>/write/", letters.letter_create, name="letter_create"),
    path("registers/letters/<int:pk>/<int:letter>/", letters.letter_detail, name="letter_detail"),
    path("office/mail/", notices.office_notice_list, name="office_notice_list"),
    path("office/mail/<int:pk>/", notices.office_notice, name="office_notice"),
]
