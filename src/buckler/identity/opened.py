"""What exists while the accounts are open: the routes are made before it, and ask for it at each request."""

from dataclasses import dataclass

from buckler.events.journal.keeper import Keeper
from buckler.events.journal.log_reader import LogReader
from buckler.identity.administration.adding import Adding
from buckler.identity.administration.administration import Administration
from buckler.identity.administration.figures import FigureReader
from buckler.identity.mail.afterwards import Afterwards
from buckler.identity.mail.codes import Codes
from buckler.identity.mail.postbox import Postbox
from buckler.identity.owners.confirmation import Confirmation
from buckler.identity.owners.own_address import OwnAddress
from buckler.identity.owners.own_password import OwnPassword
from buckler.identity.owners.personal_data import PersonalData
from buckler.identity.owners.recovery import Recovery
from buckler.identity.owners.registration import Registration
from buckler.identity.sessions.browser_sessions import BrowserSessions
from buckler.identity.sessions.callers import Callers
from buckler.identity.sessions.revocation_feed import RevocationFeed
from buckler.identity.sessions.sessions import Sessions
from buckler.identity.sign_in.devices import Devices
from buckler.identity.sign_in.entrance import Entrance
from buckler.identity.sign_in.sign_in import SignIn
from buckler.tokens.keys import KeyRing


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything behind the routes."""

    ring: KeyRing
    registration: Registration
    sign_in: SignIn
    entrance: Entrance
    callers: Callers
    codes: Codes
    afterwards: Afterwards
    postbox: Postbox
    revocations: RevocationFeed
    keeper: Keeper
    sessions: Sessions
    browser_sessions: BrowserSessions
    devices: Devices
    administration: Administration
    adding: Adding
    figures: FigureReader
    log: LogReader
    confirmation: Confirmation
    recovery: Recovery
    own_password: OwnPassword
    own_address: OwnAddress
    personal_data: PersonalData
