"""People and schools."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("schools/find/", views.school_find, name="school_find"),
    path("schools/<int:pk>/join/", views.school_join, name="school_join"),
    path("schools/acting-for/", views.acting_for, name="acting_for"),
    path("my/account/", views.my_account, name="my_account"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
