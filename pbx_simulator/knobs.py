"""The knobs: settings that can change while the simulated PBX runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from .product import Product


@dataclass(slots=True, kw_only=True)
class Knobs:
    """How the PBX behaves and misbehaves. All times are seconds.

    Session:
        token_ttl: A token's life after the last exchange.
        sliding: Renew a token by every exchange (Cloud PBX: no).
        single_token: End the first token by a second login.
        reports_per_login: Send every living token its own copy of a report, not only the one that
            registered its address last.
        refresh_tokens: Answer a login with a `refreshtoken` as well.
        lockout_after: Consecutive refused logins of one address that lock it out; 0 = never.
        refuse_logins: Refuse every login as if the password were wrong.
        api_running: False: every request is answered 30003.
        api_enabled: False: every request is answered with HTTP 404.

    Requests:
        strict_versions: Refuse version segments (and names of another version) that the
            documents do not give for this PBX.
        strict_parameters: Ask for every parameter that the tables call required, as a string.
        flag_names: Which spelling is read: "both", "urltag" or "urlflag".
        max_url_length: Longest `url` that is accepted, in characters; None = any.
        accept_scheme: Understand "http://" at the start of `url`.
        token_before_endpoint: Check the token before the endpoint's name.

    Answers:
        answer_delay: Time before any answer.
        answer_content_type: Send a Content-Type line; None = as the dialect's documents show.
        answer_content_length: Send a Content-Length line (the documents show none).
        html_answers, empty_answers, half_answers, hang, reset: A web page, nothing, half of the
            body, no answer ever, or a connection that is cut.
        error_page: Answer a web page with this HTTP status; 0 = do not.
        answer_text: Answer this text in place of every body; empty = do not.
        redirect_to: Answer every request with a redirect to this address.
        gzip_answers: Compress answers, though nobody asks for it.
        padding_objects, padding_depth: Add so many empty objects, or arrays nested so deeply, to
            each answer.
        set_cookies: Set a cookie with each answer.
        wrong_errno: Endpoint (or "*") -> error number answered instead of doing anything.
        wrong_next: The same for the next request alone.
        fault_endpoints: Limits the faults of this group to these endpoints; empty = all.
        list_share: Share of the extensions and trunks that lists have, 0 to 1.
        old_tls: Read at start: "rsa" or True = TLS 1.2 with RSA key exchange only, "1.0" = TLS 1.0.

    Reports:
        drops_path: Send every report with an empty target.
        no_leading_slash, double_slash: "POST report HTTP/1.1", "POST //report HTTP/1.1".
        no_content_length, host_with_blank: As the Yeastar samples print it.
        pretty_reports: Bodies over several lines.
        missing_sn: Leave the serial number out.
        split_call_ids: Give the reports of one call different call ids, as OpenVox does.
        both_byes: Send both BYE reports of a call.
        hold_reports: Report a phone's status when a call is held or resumed.
        registered_ip: Put `registeredIP` into the report of a phone that registers.
        trunk_status_reports: Send the undocumented TrunkStatus report.
        report_source: Local address that reports are sent from; empty = the system's choice.
        repeat_limit, repeat_interval: How often and after which time an unanswered report is
            sent again.
        lose_reports: Share of reports that are lost, 0 to 1.
        lose_next: Number of the next reports that are lost.
        duplicate_reports: Number of further copies of each report.
        delay_reports: Time before each report.
        reorder_reports: Send reports in swapped pairs.
        split_events, join_events: Cut objects of the TCP event stream in two, or send two at once.
        event_piece: Cut what the event stream sends into pieces of so many bytes; 0 = do not.
        event_answer: The event stream's answer to a login: "" = nothing (no document says),
            "text" = lines like Asterisk's manager, "json" = like the API.
        refuse_event_logins: Refuse every login of the event stream, whatever the API does.
        hang_up_events: End each event stream as soon as it has logged in.
        reports_beside_events: Post reports to the registered addresses, and say so at login, even
            if there is an event stream.

    Calls:
        call_window: Time to accept or direct an inbound call that the API controls.
        ring_timeout: A phone stops ringing after it; 0 = rings for ever.
        answer_after: Phones pick up calls made over the API after this time; None = never.
        call_waiting: A phone in a call rings for a second one; else the caller hears it is busy.
        voicemail: Divert a call that is not answered within `ring_timeout` to a voicemail box.
        byes: Of which calls BYE is reported (API v2.0.0: of all): "answered" ones alone, which is
            all that the samples show, of all "phones" that ring, or, at the end of a call that
            nobody answered, of "both" parties.
        rings: When RING and ALERT are sent: "always", or "api" = for calls made over the API alone.
        rings_own: Report that the phone for which the API calls rings, and is picked up.
        line_answers: Report that an IVR, a queue or a voicemail box answers.
        record_per_branch: Send each record that an Asterisk writes, not one for each call.
        to_member: `to` of an inbound leg is the phone that rings, not the number that was dialled.
        inside_second: OpenVox: the reports of internal calls bear their second id.
        prompt_seconds: Duration of a prompt that the API has played.
        message_seconds: Time from a text message to the report about it.
        fail_messages: Report text messages as failed.
        returns_call_id: Answer a request that makes a call with the id of that call; OpenVox's own
            samples have none.
        records_calls: Record every call in which somebody talked.

    Settings:
        apply_seconds: Changes of settings within this time of another one are answered 10025.
    """

    token_ttl: float = 1800
    sliding: bool = True
    single_token: bool = False
    reports_per_login: bool = False
    refresh_tokens: bool = False
    lockout_after: int = 5
    refuse_logins: bool = False
    api_running: bool = True
    api_enabled: bool = True

    strict_versions: bool = False
    strict_parameters: bool = False
    flag_names: str = "both"
    max_url_length: int | None = None
    accept_scheme: bool = False
    token_before_endpoint: bool = False

    answer_delay: float = 0
    answer_content_type: bool | None = None
    answer_content_length: bool = False
    html_answers: bool = False
    empty_answers: bool = False
    half_answers: bool = False
    hang: bool = False
    reset: bool = False
    error_page: int = 0
    answer_text: str = ""
    redirect_to: str = ""
    gzip_answers: bool = False
    padding_objects: int = 0
    padding_depth: int = 0
    set_cookies: bool = False
    wrong_errno: dict[str, str] = field(default_factory=dict)
    wrong_next: dict[str, str] = field(default_factory=dict)
    fault_endpoints: set[str] = field(default_factory=set)
    list_share: float = 1
    old_tls: bool | str = False

    drops_path: bool = False
    no_leading_slash: bool = False
    double_slash: bool = False
    no_content_length: bool = False
    host_with_blank: bool = False
    pretty_reports: bool = False
    missing_sn: bool = False
    split_call_ids: bool = False
    both_byes: bool = True
    hold_reports: bool = False
    registered_ip: bool = False
    trunk_status_reports: bool = False
    report_source: str = ""
    repeat_limit: int = 3
    repeat_interval: float = 5
    lose_reports: float = 0
    lose_next: int = 0
    duplicate_reports: int = 0
    delay_reports: float = 0
    reorder_reports: bool = False
    split_events: bool = False
    join_events: bool = False
    event_piece: int = 0
    event_answer: str = ""
    refuse_event_logins: bool = False
    hang_up_events: bool = False
    reports_beside_events: bool = False

    call_window: float = 10
    ring_timeout: float = 0
    answer_after: float | None = None
    call_waiting: bool = False
    voicemail: bool = False
    byes: str = "answered"
    rings: str = "always"
    rings_own: bool = True
    line_answers: bool = False
    record_per_branch: bool = False
    to_member: bool = True
    inside_second: bool = False
    prompt_seconds: float = 5
    message_seconds: float = 1
    fail_messages: bool = False
    returns_call_id: bool = True
    records_calls: bool = False

    apply_seconds: float = 5

    @classmethod
    def of(cls, product: Product) -> Knobs:
        """Return the knobs as a PBX of this kind comes out of its box."""
        return cls(**product.knobs)
