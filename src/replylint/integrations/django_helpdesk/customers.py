"""Who is the customer of a ticket, and what is from customers: that is never judged."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from helpdesk.decorators import is_helpdesk_staff
from helpdesk.models import FollowUp, Ticket

_LONGEST_NAME = 500


def is_agent(user: Any, ticket: Ticket) -> bool:
    """Whether a user answers a ticket as staff: not whoever asked, who may have an account, or be a colleague."""
    if user is None or not is_helpdesk_staff(user):
        return False
    return not user.email or user.email.casefold() != (ticket.submitter_email or "").casefold()


def last_message(ticket: Ticket) -> str | None:
    """What the customer wrote last: by mail or from an account of theirs, or else the description."""
    theirs = _written_by_customers(ticket).exclude(comment__isnull=True).exclude(comment="")
    last: str | None = theirs.order_by("-date").values_list("comment", flat=True).first()
    return last or ticket.description or None


def _written_by_customers(ticket: Ticket) -> QuerySet[FollowUp]:
    # What the helpdesk writes itself has no user either, but no message came with it.
    mailed = Q(user__isnull=True, message_id__isnull=False) & ~Q(message_id="")
    by_others = Q(user__isnull=False, user__is_staff=False)
    if ticket.submitter_email:
        by_others |= Q(user__email__iexact=ticket.submitter_email)
    found: QuerySet[FollowUp] = ticket.followup_set.filter(public=True).filter(mailed | by_others)
    return found


def name_of(ticket: Ticket) -> str | None:
    """The customer's name where the customer has an account; otherwise only an address is known."""
    if not ticket.submitter_email:
        return None
    account = get_user_model().objects.filter(email__iexact=ticket.submitter_email).first()
    name = account.get_full_name() if account else ""
    return name[:_LONGEST_NAME] or None
