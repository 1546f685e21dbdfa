"""The unit of work of notifications: choices, accounts, and what an intake has looked up for a whole batch."""

from chassis.work import Work
from services.notifications.store.accounts import Accounts
from services.notifications.store.contacts import Contacts
from services.notifications.store.intake import Intake
from services.notifications.store.staff_choices import StaffChoicesStore


class NotificationsWork(Work):
    @property
    def contacts(self) -> Contacts:
        found: Contacts = self.repository("contacts", Contacts)
        return found

    @property
    def accounts(self) -> Accounts:
        found: Accounts = self.repository("accounts", lambda work: Accounts(work.tenant))
        return found

    @property
    def intake(self) -> Intake:
        found: Intake = self.repository("intake", Intake)
        return found

    @property
    def staff_choices(self) -> StaffChoicesStore:
        found: StaffChoicesStore = self.repository("staff_choices", StaffChoicesStore)
        return found
