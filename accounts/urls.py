"""People and schools."""

from django.urls import path

from accounts.views import pages, rights, schools

urlpatterns = [
    path("schools/find/", schools.school_find, name="school_find"),
    path("schools/<int:pk>/join/", schools.school_join, name="school_join"),
    path("schools/acting-for/", schools.acting_for, name="acting_for"),
    path("my/account/", schools.my_account, name="my_account"),
    path("my/log-ins/<int:pk>/end/", schools.login_end, name="login_end"),
    path("privacy/", rights.privacy, name="privacy"),
    path("accessibility/", rights.accessibility, name="accessibility"),
    path("privacy/retention/", rights.retention, name="retention"),
    path("privacy/complaint/", rights.complaint_make, name="complaint_make"),
    path("my/name/", rights.my_name, name="my_name"),
    path("my/data/", rights.my_data, name="my_data"),
    path("my/data.json", rights.my_data_file, name="my_data_file"),
    path("my/erasure/", rights.my_erasure, name="my_erasure"),
    path("my/newsletter/", rights.my_newsletter, name="my_newsletter"),
    path("newsletter/", rights.newsletter, name="newsletter"),
    path("newsletter/yes/<str:token>/", rights.newsletter_confirm, name="newsletter_confirm"),
    path("newsletter/stop/<str:token>/", rights.newsletter_unsubscribe, name="newsletter_unsubscribe"),
    path("newsletter/topics/<str:token>/", rights.newsletter_topics, name="newsletter_topics"),
    path("office/complaints/", rights.office_complaint_list, name="office_complaint_list"),
    path("office/complaints/<int:pk>/", rights.office_complaint, name="office_complaint"),
    path("office/people/<int:pk>/data.json", rights.office_person_data, name="office_person_data"),
    path("office/people/<int:pk>/erase/", rights.office_person_erase, name="office_person_erase"),
    path("about/", pages.about, name="about"),
    path("news/", pages.news_list, name="news_list"),
    path("news/feed.atom", pages.news_feed, name="news_feed"),
    path("news/<int:pk>/", pages.news_item, name="news_item"),
    path("office/pages/", pages.office_pages, name="office_pages"),
    path("office/news/write/", pages.office_news_create, name="office_news_create"),
    path("office/news/<int:pk>/", pages.office_news_edit, name="office_news_edit"),
    path("office/news/<int:pk>/take-back/", pages.office_news_remove, name="office_news_remove"),
    path("office/pages/<slug:slug>/", pages.office_page, name="office_page"),
]
