"""Call control: dial, hang up, transfer and all the rest, each as one request where that can be."""

import asyncio
from datetime import datetime

from ...model.actions import Action, ParkedCall, TransferStep, encoded_message, joined_prompts
from ...model.lines import Call, CallLeg, CallRecord
from ..reports.records import read_records
from . import answers
from .control_sender import ControlSender, Leg
from .tables import AUTO_ANSWER_WORDS, STEP_WORDS


class CallControl(ControlSender):
    """What a client can do to calls. All methods raise PbxError, and what `permit` raises.

    Numbers are text of digits, "*" and "#", with a leading "+" at most. A leg is a `CallLeg`, or an
    extension's number; a dialect that names legs by channel is then asked for the channel first.
    """

    # Dialling: each returns the id of the new call, empty where the PBX does not tell it

    async def dial_extension(self, caller: str, callee: str, *, auto_answer: bool = False) -> str:
        """Ring the caller's phone, then the callee's; the caller's may pick up by itself."""
        return await self.send(
            Action.DIAL_EXTENSION, caller=caller, callee=callee, auto_answer=_word(auto_answer)
        )

    async def dial_outside(self, extension: str, number: str, *, auto_answer: bool = False) -> str:
        """Ring an extension's phone, then an outside number."""
        return await self.send(
            Action.DIAL_OUTSIDE, caller=extension, number=number, auto_answer=_word(auto_answer)
        )

    async def dial_two_outside(self, caller: str, number: str, *, permission: str = "") -> str:
        """Connect two outside numbers with an extension's right; OpenVox alone does without one."""
        return await self.send(
            Action.DIAL_TWO_OUTSIDE, caller=caller, number=number, permission=permission
        )

    async def dial_extension_from_ivr(
        self, ivr: str, extension: str, *, auto_answer: bool = False
    ) -> str:
        """Ring an extension, which hears the IVR."""
        return await self.send(
            Action.DIAL_EXTENSION_FROM_IVR,
            ivr=ivr,
            callee=extension,
            auto_answer=_word(auto_answer),
        )

    async def dial_outside_from_ivr(self, ivr: str, number: str, *, permission: str) -> str:
        """Ring an outside number, which hears the IVR."""
        return await self.send(
            Action.DIAL_OUTSIDE_FROM_IVR, ivr=ivr, number=number, permission=permission
        )

    async def dial_outside_from_queue(self, queue: str, number: str, *, permission: str) -> str:
        """Connect an outside number with a queue."""
        return await self.send(
            Action.DIAL_OUTSIDE_FROM_QUEUE, queue=queue, number=number, permission=permission
        )

    async def dial_outside_from_ring_group(
        self, ring_group: str, number: str, *, permission: str
    ) -> str:
        """Connect an outside number with a ring group."""
        return await self.send(
            Action.DIAL_OUTSIDE_FROM_RING_GROUP,
            ring_group=ring_group,
            number=number,
            permission=permission,
        )

    # Legs

    async def hang_up(self, leg: Leg) -> None:
        """End the call of a leg."""
        await self.send_to(leg, Action.HANG_UP)

    async def hold(self, leg: Leg) -> None:
        """Put the other side of a leg on hold."""
        await self.send_to(leg, Action.HOLD)

    async def resume(self, leg: Leg) -> None:
        """Take up again what was put on hold."""
        await self.send_to(leg, Action.RESUME)

    async def mute(self, leg: Leg) -> None:
        """Let nobody hear a leg."""
        await self.send_to(leg, Action.MUTE)

    async def unmute(self, leg: Leg) -> None:
        """Let a leg be heard again."""
        await self.send_to(leg, Action.UNMUTE)

    async def transfer(
        self, action: Action, leg: Leg, target: str, *, call_id: str = "", permission: str = ""
    ) -> str:
        """Pass on the call of a leg, or direct an inbound call that waits for it; return its id.

        Args:
            action: one of the transfers, by where it leads to.
            leg: the trunk's leg to pass on. An extension's leg leaves the call in v1, while v2
                passes on whatever leg it is told.
            target: number of the extension, IVR, queue or ring group, or an outside number.
            call_id: the call; v1 needs it to transfer an extension's leg.
            permission: extension whose right to call outside is used; an outside number needs it,
                save for an extension's leg in v1, which has its own.
        """
        return await self.send_to(leg, action, call=call_id, target=target, permission=permission)

    async def transfer_to_extension(self, leg: Leg, extension: str, *, call_id: str = "") -> str:
        """Pass on to an extension; see `transfer`."""
        return await self.transfer(Action.TRANSFER_TO_EXTENSION, leg, extension, call_id=call_id)

    async def transfer_to_number(
        self, leg: Leg, number: str, *, call_id: str = "", permission: str = ""
    ) -> str:
        """Pass on to an outside number; see `transfer`."""
        return await self.transfer(
            Action.TRANSFER_TO_NUMBER, leg, number, call_id=call_id, permission=permission
        )

    async def transfer_to_ivr(self, leg: Leg, ivr: str, *, call_id: str = "") -> str:
        """Pass on to an IVR; see `transfer`."""
        return await self.transfer(Action.TRANSFER_TO_IVR, leg, ivr, call_id=call_id)

    async def transfer_to_queue(self, leg: Leg, queue: str, *, call_id: str = "") -> str:
        """Pass on to a queue; see `transfer`."""
        return await self.transfer(Action.TRANSFER_TO_QUEUE, leg, queue, call_id=call_id)

    async def transfer_to_ring_group(self, leg: Leg, ring_group: str, *, call_id: str = "") -> str:
        """Pass on to a ring group; see `transfer`."""
        return await self.transfer(Action.TRANSFER_TO_RING_GROUP, leg, ring_group, call_id=call_id)

    async def attended_transfer(self, leg: Leg, number: str, *, permission: str = "") -> str:
        """Hold the partner of a leg and call a third party; return the id of that call."""
        return await self.send_to(
            leg, Action.ATTENDED_TRANSFER, target=number, permission=permission
        )

    async def operate_transfer(self, leg: Leg, step: TransferStep) -> str:
        """Take the next step in an attended transfer that a leg began."""
        return await self.send_to(leg, Action.OPERATE_TRANSFER, step=STEP_WORDS[step])

    async def park(self, leg: Leg, slot: str = "") -> str:
        """Park a leg and return the slot; without one the PBX takes any that is free."""
        return await self.send_to(leg, Action.PARK, slot=slot)

    async def retrieve(self, extension: str, slot: str, *, auto_answer: bool = False) -> str:
        """Ring an extension and connect it with the call in a slot."""
        return await self.send(
            Action.RETRIEVE, caller=extension, slot=slot, auto_answer=_word(auto_answer)
        )

    async def accept(self, leg: CallLeg) -> None:
        """Accept an inbound call that the PBX asks about (Invite), within ten seconds."""
        await self.send_to(leg, Action.ACCEPT)

    async def refuse(self, leg: CallLeg) -> None:
        """Refuse an inbound call that the PBX asks about (Invite), within ten seconds."""
        await self.send_to(leg, Action.REFUSE)

    # Listening in, prompts, messages

    async def listen(self, monitor: str, extension: str) -> None:
        """Let an extension hear another's call."""
        await self.send(Action.LISTEN, monitor=monitor, extension=extension)

    async def whisper(self, monitor: str, extension: str) -> None:
        """Let an extension hear another's call and speak to it alone."""
        await self.send(Action.WHISPER, monitor=monitor, extension=extension)

    async def barge_in(self, monitor: str, extension: str) -> None:
        """Let an extension take part in another's call."""
        await self.send(Action.BARGE_IN, monitor=monitor, extension=extension)

    async def play_prompt(self, extension: str, *prompts: str, auto_answer: bool = False) -> str:
        """Ring an extension and play prompts of the PBX to it, one after another."""
        return await self.send(
            Action.PLAY_PROMPT,
            extension=extension,
            prompt=joined_prompts(prompts),
            auto_answer=_word(auto_answer),
        )

    async def play_prompt_outside(self, number: str, *prompts: str, permission: str = "") -> str:
        """Ring an outside number and play prompts of the PBX to it."""
        return await self.send(
            Action.PLAY_PROMPT_OUTSIDE,
            number=number,
            prompt=joined_prompts(prompts),
            permission=permission,
        )

    async def send_message(self, trunk: str, number: str, text: str) -> str:
        """Send a text message over a GSM trunk; return the id that its report will have."""
        return await self.send(
            Action.SEND_MESSAGE, trunk=trunk, number=number, message=encoded_message(text)
        )

    # Reading

    async def extension_calls(self, number: str) -> tuple[Call, ...]:
        """Return the live calls of an extension, those between extensions included.

        OpenVox and v1 tell of no more than the other party of one call; where that is an extension,
        they give no id, and `call_id` is empty.
        """
        return await self.calls_of(self._dialect(), number)

    async def list_parked(self) -> tuple[ParkedCall, ...]:
        """Return the calls that are parked."""
        return answers.parked_calls(await self.read(Action.LIST_PARKED))

    async def download_records(self, start: datetime, end: datetime) -> tuple[CallRecord, ...]:
        """Return the records of all calls that began in a span of time, in any order.

        Args:
            start: first moment, in the PBX's own local time: the wall time goes out as it is.
            end: last moment, likewise.
        """
        content = await self.fetch_records(start, end)
        # In a thread: a week of a busy PBX takes longer to read than anybody may hold the event loop.
        return () if content is None else await asyncio.to_thread(read_records, content)


def _word(auto_answer: bool) -> str:
    return AUTO_ANSWER_WORDS[auto_answer]
