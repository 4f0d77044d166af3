"""Parts of the file that name each other."""

from server.config import notes

PAGE = "page: {name: Acme Wallet, url: https://status.acme.example, official_domains: [acme.example]}\n"


def paths(faults):
    return [fault.path for fault in faults]


def test_a_monitor_of_an_unknown_component_is_a_fault_with_the_nearest_one(faults_of):
    (fault,) = faults_of(
        PAGE
        + "components: [{id: website, name: Website}]\n"
        + "monitors: [{id: web, kind: http, target: 'http://a.example', component: webiste}]\n"
    )
    assert fault.path == "monitors[0].component"
    assert fault.hint == "did you mean `website`?"


def test_dependencies_that_go_round_are_one_fault_that_names_the_way(faults_of):
    (fault,) = faults_of(
        PAGE
        + "components:\n"
        + "  - {id: free, name: Free, depends_on: [a]}\n"
        + "  - {id: a, name: A, depends_on: [b]}\n"
        + "  - {id: b, name: B, depends_on: [c]}\n"
        + "  - {id: c, name: C, depends_on: [a]}\n"
    )
    assert fault.path == "components[1].depends_on"
    assert "a > b > c > a" in fault.message


def test_a_component_cannot_depend_on_itself(faults_of):
    (fault,) = faults_of(PAGE + "components: [{id: a, name: A, depends_on: [a]}]\n")
    assert "a > a" in fault.message


def test_a_long_chain_of_dependencies_is_no_circle(load):
    rows = "".join(f"  - {{id: c{n}, name: C, depends_on: [c{n + 1}]}}\n" for n in range(2000))
    assert len(load(PAGE + "components:\n" + rows + "  - {id: c2000, name: C}\n").components) == 2001


def test_each_list_refuses_the_same_name_twice(faults_of):
    faults = faults_of(
        PAGE
        + "components: [{id: a, name: A}, {id: a, name: B}]\n"
        + "social: [{name: m, url: 'x://y'}, {name: m, url: 'x://z'}]\n"
        + "chains:\n"
        + "  - {chain: bitcoin, nodes: [{name: n, url: 'http://a'}, {name: n, url: 'http://b'}]}\n"
        + "  - {chain: bitcoin, nodes: [{name: n, url: 'http://a'}]}\n"
        + "monitors: [{id: m, kind: tcp, target: 'a:1'}, {id: m, kind: tcp, target: 'a:2'}]\n"
        + "publish: [{to: /srv}, {to: /srv}]\n"
    )
    assert paths(faults) == [
        "components[1].id",
        "social[1].name",
        "chains[0].nodes[1].name",
        "chains[1].chain",
        "monitors[1].id",
        "publish[1].to",
    ]


def test_a_policy_can_only_name_channels_that_there_are(faults_of):
    faults = faults_of(
        PAGE
        + "social: [{name: mastodon, url: 'mastodons://t@social.example'}]\n"
        + "policies:\n"
        + "  - {on: incident.opened, channels: [inapp, 'social:mastodon', social]}\n"
        + "  - {on: incident.opened, channels: [email, 'social:mastadon', carrier-pigeon]}\n"
    )
    assert paths(faults) == ["policies[1].channels[0]", "policies[1].channels[1]", "policies[1].channels[2]"]
    assert faults[1].hint == "did you mean `social:mastodon`?"


def test_a_policy_for_planned_events_has_no_impact(faults_of):
    text = PAGE + "policies: [{on: maintenance.announced, impact: [major], channels: [inapp]}]\n"
    assert paths(faults_of(text)) == ["policies[0].impact"]


def test_mail_comes_from_our_own_domain_or_one_below_it(load):
    for mailbox in ("status@acme.example", "Acme <status@Mail.Acme.example>"):
        assert load(PAGE + f"smtp: {{host: r, from: {mailbox}}}\n").smtp.sender == mailbox


def test_mail_from_or_answers_to_a_foreign_domain_are_refused(faults_of):
    for mailbox in ("a@notacme.example", "a@acme.example.evil.example", "a@example"):
        faults = faults_of(PAGE + f"smtp: {{host: r, from: {mailbox}, reply_to: {mailbox}}}\n")
        assert paths(faults) == ["smtp.from", "smtp.reply_to"]
        assert "page.official_domains" in faults[0].hint


def test_a_social_account_posts_in_languages_of_the_page(faults_of):
    text = PAGE + "social: [{name: m, url: 'x://y', languages: [en, fr]}]\n"
    assert paths(faults_of(text)) == ["social[0].languages[1]"]


def test_a_component_on_a_chain_that_nobody_watches_is_allowed_and_noted(load):
    settings = load(PAGE + "components: [{id: a, name: A, chain: dogecoin}, {id: b, name: B}]\n")
    assert paths(notes(settings)) == ["components[0].chain", "components[1]"]


def test_a_chain_with_only_strangers_nodes_is_noted(load):
    text = PAGE + "chains: [{chain: bitcoin, nodes: [{name: n, url: 'http://a', role: reference}]}]\n"
    assert paths(notes(load(text))) == ["chains[0].nodes"]


def test_components_with_the_same_heading_share_a_group_and_its_translations(load):
    settings = load(
        PAGE
        + "components:\n"
        + "  - {id: a, name: A, group: Bitcoin & Lightning}\n"
        + "  - {id: b, name: B, group: {en: Bitcoin & Lightning, fr: Bitcoin et Lightning}}\n"
        + "  - {id: c, name: C, group: Сеть}\n"
        + "  - {id: d, name: D}\n"
    )
    assert settings.components[0].group_id == settings.components[1].group_id == "group-bitcoin-lightning"
    assert settings.components[3].group_id is None
    assert list(settings.groups.values()) == [
        {"en": "Bitcoin & Lightning", "fr": "Bitcoin et Lightning"},
        {"en": "Сеть"},
    ]


def test_two_heartbeats_cannot_share_a_token(faults_of):
    (fault,) = faults_of(
        PAGE
        + "monitors:\n"
        + "  - {id: a, kind: heartbeat, token: 0123456789abcdef-x, every: 1h}\n"
        + "  - {id: b, kind: heartbeat, token: 0123456789abcdef-x, every: 1h}\n"
    )
    assert fault.path == "monitors[1].token"
    assert "0123456789abcdef" not in str(fault)


def test_phrases_name_components_that_are_there_and_have_keys_of_their_own(faults_of):
    found = faults_of(
        PAGE
        + "components: [{id: website, name: Website}]\n"
        + "phrases:\n"
        + "  incident:\n"
        + "    - {key: late, body: Slow., components: [webiste]}\n"
        + "    - {key: late, body: Slower.}\n"
        + "  update: [{key: late, body: Known.}]\n"
    )
    assert sorted(paths(found)) == ["phrases.incident[0].components[0]", "phrases.incident[1].key"]
