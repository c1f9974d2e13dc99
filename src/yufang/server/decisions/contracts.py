"""What leaves the room `decisions`."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from yufang.server.errors import Contract

Value = str | float | bool | None


class NamedValue(Contract):
    value: str
    zh: str
    en: str


class DecisionColumn(Contract):
    """A condition or a result that a rule may speak of. `kind`: text | number | boolean | date."""

    name: str
    kind: str
    zh: str
    en: str
    whole: bool
    optional: bool
    low: float | None
    high: float | None
    named: list[NamedValue]


class DecisionRuleIn(Contract):
    """A row: FEEL cells by condition and result."""

    rule_id: str = Field(max_length=60)
    cells: list[str] = Field(max_length=60)
    outputs: list[str] = Field(max_length=60)
    note: str = Field("", max_length=2000)


class DecisionRule(DecisionRuleIn):
    said_zh: str
    said_en: str


class DecisionTableIn(Contract):
    """A table as the editor sends it; columns go by name."""

    key: str = Field(max_length=60)
    hit_policy: str = Field(max_length=20)
    inputs: list[str] = Field(max_length=40)
    rules: list[DecisionRuleIn] = Field(max_length=300)


class DecisionDocumentIn(Contract):
    version: str = Field("", max_length=40)
    tables: list[DecisionTableIn] = Field(max_length=4)


class DecisionTableOut(Contract):
    key: str
    zh: str
    en: str
    hit_policy: str
    inputs: list[DecisionColumn]
    outputs: list[DecisionColumn]
    rules: list[DecisionRule]
    facts: list[DecisionColumn]  # all that a rule may ask for


class DecisionDocument(Contract):
    urn: str
    version: str
    name_zh: str
    name_en: str
    tables: list[DecisionTableOut]


class TableFinding(Contract):
    kind: str
    gravity: str
    message_zh: str
    message_en: str
    table: str
    rules: list[str]
    column: str


class TableCheck(Contract):
    """`said`: each rule of each table in words, where all its cells can be read."""

    findings: list[TableFinding]
    said: dict[str, list[NamedValue]]


class TierTally(Contract):
    high: int = 0
    medium: int = 0
    low: int = 0


class TrialInjury(Contract):
    id: int
    on: date
    lost_days: float | None
    deaths: int


class TrialExample(Contract):
    kind: str  # point | profile
    id: int
    enterprise_id: int
    enterprise: str
    title_zh: str
    title_en: str
    status: str
    answered_on: date | None
    injuries: list[TrialInjury]
    injured: int
    before: str
    before_rule: str
    before_zh: str
    before_en: str
    after: str
    after_rule: str
    after_zh: str
    after_en: str
    facts: dict[str, Value]


class TrialEnterprise(Contract):
    id: int
    name: str
    before: TierTally
    after: TierTally


class TrialMove(Contract):
    """How many subjects moved so; of those, how many people confirmed on site, did not find, and where people were
    hurt in the same way."""

    all: int = 0
    confirmed: int = 0
    not_found: int = 0
    not_applicable: int = 0
    injured: int = 0


class TrialResult(Contract):
    enterprises: int
    left_out: int
    subjects: dict[str, int]
    matrix: dict[str, list[list[int]]]  # of point and profile: tier before × tier after, high to none
    before: TierTally
    after: TierTally
    stood: TierTally
    moved: dict[str, TrialMove]
    enterprises_changed: int
    by_enterprise: list[TrialEnterprise]
    examples: dict[str, list[TrialExample]]
    reference: int  # cases that SpiffWorkflow was asked about as well
    below: int  # subjects that an enterprise's own table would tier lower than the authority's


class TableTrialOut(Contract):
    id: int
    version_id: int
    state: str
    exact: bool  # of the version as it stands now, beside the table at work now
    since: date
    until: date
    done: int
    total: int
    asked_by: str
    asked_by_en: str
    asked_at: datetime
    finished_at: datetime | None
    problem_zh: str
    problem_en: str
    result: TrialResult | None


class TableVersionRow(Contract):
    id: int
    number: int
    version: str
    state: str
    note: str
    organisation_id: int
    organisation: str
    own: bool  # of the reader's own organisation
    author: str
    author_en: str
    made_at: datetime
    saved_at: datetime
    published_at: datetime | None
    sha256: str
    based_on: int | None
    rules: int
    tried: bool


class TableChangeOut(Contract):
    kind: str
    version_id: int | None
    number: int | None
    previous_number: int | None
    trial_id: int | None
    reason: str
    by: str
    by_en: str
    at: datetime
    ledger_index: int


class TableVersionDetail(Contract):
    """A version with its tables; `row` is null for the table that ships."""

    row: TableVersionRow | None
    document: DecisionDocument
    findings: list[TableFinding]
    trial: TableTrialOut | None
    changes: list[TableChangeOut]


class DecisionDesk(Contract):
    """The tables of the reader's organisation. `standing` is the version that stands for it, null: what ships."""

    organisation_id: int
    organisation: str
    region: bool
    standing: TableVersionRow | None
    standing_sha256: str
    shipped_version: str
    versions: list[TableVersionRow]
    changes: list[TableChangeOut]
    can_roll_back: bool
    synthetic: bool
