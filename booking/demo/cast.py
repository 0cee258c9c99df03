"""Schools, venues and people of the demonstration, as rows."""

import itertools
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Membership, School, SchoolURN, User
from booking.demo.people import FACILITATOR, LEAD, LEADERS, LOG_INS, OFFICE, OTHER_LEAD, PASSWORD, TEACHER, names
from booking.demo.schools import AUTHORITIES, HOSTS, OFF_REGISTER, SCHOOLS, Invented
from booking.demo.year import holidays
from booking.models import SchoolHoliday, Venue

FIRST_URN = 900001
LEAD_ROLE, TEACHER_ROLE = Membership.Role.LEAD, Membership.Role.TEACHER


def moment(day: date, at: time) -> datetime:
    """A day and a clock time in London."""
    return datetime.combine(day, at, tzinfo=timezone.get_default_timezone())


class Cast:
    """Everybody and every place, by key."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.began_at = moment(date(year, 9, 1), time(9))
        self._password = make_password(PASSWORD)
        self._names = names()
        self._addresses: set[str] = set()
        self.schools = {one.key: self.school(one) for one in [*SCHOOLS, OFF_REGISTER]}
        self._urns()
        self.venues = {key: self._venue(key) for key in HOSTS}
        self.log_ins = {email: self._log_in(email, name) for email, name in LOG_INS.items()}
        self.log_ins[OFFICE].hub_role = User.HubRole.STAFF
        self.log_ins[OFFICE].save(update_fields=["hub_role"])
        self.leaders = {key: self.person(name, "hub.example") for key, name in LEADERS.items()}
        self.leaders["facilitator"] = self.log_ins[FACILITATOR]
        self.join(self.schools["oakfield"], self.log_ins[LEAD], LEAD_ROLE)
        self.join(self.schools["oakfield"], self.log_ins[TEACHER])
        self.join(self.schools["riverside"], self.log_ins[OTHER_LEAD], LEAD_ROLE)
        # Nearly every school has somebody who books, and two or three who take part.
        self.leads = {"oakfield": self.log_ins[LEAD], "riverside": self.log_ins[OTHER_LEAD]}
        self.staff: dict[str, list[User]] = {"oakfield": [self.log_ins[TEACHER]], "riverside": []}
        for index, one in enumerate([*SCHOOLS, OFF_REGISTER]):
            if one.key not in self.leads:
                self.leads[one.key] = self.join(self.schools[one.key], self.colleague(one.key), LEAD_ROLE)
            self.staff.setdefault(one.key, [])
            for _ in range(1 if one.pupils <= 60 else 2 + index % 2):
                self.staff[one.key].append(self.join(self.schools[one.key], self.colleague(one.key)))
        self._holidays()

    def person(self, name: str, domain: str, *, has_address: bool = True) -> User:
        base = name.lower().replace(" ", ".").replace("'", "")
        email = next(
            address
            for number in itertools.count()
            if (address := f"{base}{number or ''}@{domain}") not in self._addresses
        )
        self._addresses.add(email)
        user = User(name=name, email=email if has_address else None, joined_at=self.began_at)
        user.set_unusable_password()
        user.save()
        return user

    def colleague(self, key: str, *, has_address: bool = True) -> User:
        """Another invented person of a school."""
        return self.person(next(self._names), f"{key}.example", has_address=has_address)

    def join(
        self, school: School, person: User, role: str = TEACHER_ROLE, state: str = Membership.State.ACTIVE
    ) -> User:
        Membership.objects.create(
            school=school, person=person, role=role, state=state, started_at=self.began_at - timedelta(days=200)
        )
        return person

    def _log_in(self, email: str, name: str) -> User:
        user = User.objects.create(name=name, email=email, password=self._password, joined_at=self.began_at)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    def school(self, one: Invented) -> School:
        school = School(
            name=f"{one.name} (demo)",
            la_code=one.la_code,
            la_name=AUTHORITIES[one.la_code],
            phase=one.phase,
            kind=one.kind,
            street=f"{1 + one.easting % 90} {one.name.split()[0]} Lane",
            town=one.town,
            postcode=one.postcode,
            # Numbers that Ofcom keeps free for drama.
            telephone=f"01632 960{one.northing // 100 % 1000:03d}",
            easting=one.easting,
            northing=one.northing,
            pupils=one.pupils,
            fsm_percent=None if one is OFF_REGISTER else Decimal(one.pupils * 7 % 41) + Decimal("0.5"),
            on_register=one is not OFF_REGISTER,
        )
        school.set_search()
        school.save()
        return school

    def _urns(self) -> None:
        """One URN each; the school that became an academy in January has the old one too."""
        converted = self.schools["larkspur"]
        january = date(self.year + (timezone.localdate().month < 9), 1, 1)
        rows = [
            SchoolURN(school=self.schools[one.key], urn=str(FIRST_URN + index), opened_on=date(2005, 9, 1))
            for index, one in enumerate(SCHOOLS)
        ]
        for row in rows:
            if row.school == converted:
                row.closed_on = january - timedelta(days=1)
        rows.append(SchoolURN(school=converted, urn=str(FIRST_URN + len(SCHOOLS)), opened_on=january))
        SchoolURN.objects.bulk_create(rows)

    def _venue(self, key: str) -> Venue:
        school, (room, chairs, access, parking, arrival) = self.schools[key], HOSTS[key]
        return Venue.objects.create(
            name=school.name,
            school=school,
            street=school.street,
            town=school.town,
            postcode=school.postcode,
            la_code=school.la_code,
            easting=school.easting,
            northing=school.northing,
            room=room,
            chairs=chairs,
            access=access,
            parking=parking,
            arrival=arrival,
        )

    def _holidays(self) -> None:
        SchoolHoliday.objects.bulk_create(
            SchoolHoliday(la_code=code, name=name, first_on=first, last_on=last)
            for code in AUTHORITIES
            for year in (self.year - 1, self.year, self.year + 1)
            for name, first, last in holidays(year, code)
        )
