"""The whole of `forewarn.yaml`, checked and frozen."""

from records.components import Words
from server.config.sections.alarms import Alarms
from server.config.sections.chains import ChainSettings
from server.config.sections.components import ComponentSettings, groups_of
from server.config.sections.crm import Crm
from server.config.sections.delivery import Policy, Smtp, SocialAccount
from server.config.sections.followers import Subscribers
from server.config.sections.monitors import Monitor
from server.config.sections.notices import Notices
from server.config.sections.operation import Access, Helpdesk, Retention, Signing, Store
from server.config.sections.page import Page
from server.config.sections.phrases import Phrases
from server.config.sections.publishing import PublishTarget
from server.config.values import Section


class Settings(Section):
    """Forewarn's settings. Only `page` with a name and a url is needed to start."""

    page: Page
    """Who we are to the public."""
    store: Store = Store()
    """The database."""
    smtp: Smtp | None = None
    """The mail relay; without it no mail is sent."""
    social: tuple[SocialAccount, ...] = ()
    """Public accounts that notices are posted to."""
    subscribers: Subscribers = Subscribers()
    """What may follow the page besides mailboxes, and where posts to it may lead."""
    crm: Crm | None = None
    """The wallet's own system of customer records; without it nothing is pushed."""
    chains: tuple[ChainSettings, ...] = ()
    """Networks we watch."""
    components: tuple[ComponentSettings, ...] = ()
    """The rows of the status page, in its order."""
    monitors: tuple[Monitor, ...] = ()
    """Services we watch besides chains."""
    policies: tuple[Policy, ...] = ()
    """To whom notices go and which way, and which wait for a yes; the first that fits decides."""
    notices: Notices = Notices()
    """How long what can wait does."""
    phrases: Phrases = Phrases()
    """Words agreed on beforehand, offered in the console."""
    helpdesk: Helpdesk | None = None
    """The helpdesk whose tickets are linked to incidents."""
    publish: tuple[PublishTarget, ...] = ()
    """Places the public page is written to."""
    signing: Signing = Signing()
    """What proves that notices and the published page are ours."""
    alarms: Alarms = Alarms()
    """Who is told when something calls for a person."""
    access: Access = Access()
    """Who may come in."""
    retention: Retention = Retention()
    """How long records are kept."""

    @property
    def groups(self) -> dict[str, Words]:
        """Headings of the page by the id of their group row, in order."""
        return groups_of(self.components)
