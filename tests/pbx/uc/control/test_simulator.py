"""Actions of one request against the simulated PBX: its bytes on the wire, and what came of it."""

import pytest

from custom_components.ippbx.pbx.errors import PbxUnsupportedError
from custom_components.ippbx.pbx.model.commands import Dial
from custom_components.ippbx.pbx.uc.dialects import DIALECTS
from tests.pbx.conftest import MakeStage

from .cases import CASES


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_action(make_stage: MakeStage, dialect: str, name: str) -> None:
    """What a dialect has goes over the wire as documented; what it lacks sends nothing."""
    case = CASES[name]
    stage = await make_stage(dialect)
    await case.scene(stage)
    sent = case.sent(dialect)
    if sent is None:
        with pytest.raises(PbxUnsupportedError):
            await case.do(stage)
        assert len(stage.sim.requests) == 1
        return
    ids = stage.ids()
    answer = await case.do(stage)
    assert len(stage.sim.requests) == 2
    stage.assert_asked(sent[0], sent[1] % ids)
    case.then(stage)
    if name.startswith(("dial", "play")):
        assert answer == stage.made.call_id


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_head(make_stage: MakeStage, dialect: str) -> None:
    """The whole head, as the PBX's old server gets it: a length, no chunks, nothing expected."""
    stage = await make_stage(dialect)
    await stage.control.send(Dial(caller="2001", callee="2002"))
    head = stage.asked.raw_head.decode()
    assert head.endswith("\r\n\r\n")
    lines = head.rstrip().split("\r\n")[1:]
    names = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
    assert names.pop("user-agent")
    assert names == {
        "host": f"127.0.0.1:{stage.sim.port}",
        "content-type": "application/json; charset=utf-8",
        "connection": "close",
        "accept-encoding": "identity",
        "accept": "*/*",
        "content-length": str(len(stage.asked.body)),
    }


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_openvox_tells_no_id_of_what_it_dials(make_stage: MakeStage, dialect: str) -> None:
    stage = await make_stage(dialect)
    stage.sim.knobs.returns_call_id = False
    assert await stage.control.send(Dial(caller="2001", callee="2002")) == ""
    assert len(stage.sim.calls.live) == 1
