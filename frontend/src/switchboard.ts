/** The switchboard card: extensions, calls in progress, lines, and a dial pad. */

import {
  mdiAccountMultiple, mdiAccountQuestion, mdiBackspaceOutline, mdiBellCancel, mdiBellRing,
  mdiCallMade, mdiCallReceived, mdiCheck, mdiClose, mdiDialpad, mdiInformationOutline,
  mdiMinusCircle, mdiPause, mdiParking, mdiPhone, mdiPhoneAlert, mdiPhoneForward, mdiPhoneHangup,
  mdiPhoneInTalk, mdiPhoneOff, mdiPhonePaused, mdiPhoneRing, mdiPlay, mdiSwapHorizontal,
  mdiTransitConnectionHorizontal, mdiUndo,
} from "@mdi/js";
import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";

import { PbxCard, type CardConfig } from "./card";
import { switchboardForm } from "./editor";
import type { Call, Part } from "./feed";
import { fire, type EntityState } from "./hass";
import { icon } from "./icon";
import type { Extension, Line } from "./pbx";
import { shared } from "./styles";
import type { TextKey } from "./texts";

interface SwitchboardConfig extends CardConfig {
  extensions?: string | number | (string | number)[];
  show_calls?: boolean;
  show_lines?: boolean;
  show_dial_pad?: boolean;
  popup?: boolean;
}

/** A call that waits for where it is transferred to, and by which extension. */
interface Transfer {
  call: Call;
  by?: string;
  /** Whether the extension asks who is picked before it transfers the call. */
  ask?: boolean;
}

/** The call that an extension has, and the one in which it asks about it. */
interface Consultation {
  first: Part;
  asked: Part;
}

const STATUS_ICONS: Record<string, string> = {
  idle: mdiPhone,
  ringing: mdiPhoneRing,
  busy: mdiPhoneInTalk,
  on_hold: mdiPhonePaused,
  not_registered: mdiPhoneOff,
  fault: mdiPhoneAlert,
};
const IN_A_CALL = ["ringing", "busy", "on_hold"];
const DIRECTION_ICONS: Record<string, string> = {
  inbound: mdiCallReceived,
  outbound: mdiCallMade,
  internal: mdiSwapHorizontal,
};
const GOOD_LINES = ["registered", "idle", "up", "busy", "disabled"];
const KEYS = [..."123456789*0#"];

/** What one may do with a call: who offers it, when, and what is sent. */
interface CallAction {
  name: "accept" | "refuse" | "hold" | "resume" | "transfer" | "park" | "hang_up";
  icon: string;
  /** Names of the PBX's own actions, any of which offers this one. */
  needs: string[];
  states: Call["state"][];
  action?: string;
}

const CALL_ACTIONS: CallAction[] = [
  { name: "accept", icon: mdiCheck, needs: ["accept"], states: ["invited"], action: "accept_call" },
  { name: "refuse", icon: mdiClose, needs: ["refuse"], states: ["invited"], action: "refuse_call" },
  { name: "hold", icon: mdiPause, needs: ["hold"], states: ["talking"] },
  { name: "resume", icon: mdiPlay, needs: ["resume"], states: ["on_hold"] },
  {
    name: "transfer",
    icon: mdiPhoneForward,
    needs: ["transfer_to_extension", "transfer_to_number"],
    states: ["talking", "on_hold"],
  },
  { name: "park", icon: mdiParking, needs: ["park"], states: ["talking", "on_hold"] },
  {
    name: "hang_up",
    icon: mdiPhoneHangup,
    needs: ["hang_up"],
    states: ["dialing", "ringing", "talking", "on_hold"],
  },
];

/** The buttons of calls in rows that come, go and move. */
const MOVING = ".actions";

/** How a consultation goes on; all but the last need who is asked on the line. */
const STEPS: Record<string, string> = {
  complete: mdiPhoneForward,
  swap: mdiSwapHorizontal,
  three_way: mdiAccountMultiple,
  abort: mdiUndo,
};

export class PbxSwitchboard extends PbxCard<SwitchboardConfig> {
  @state() private search = "";
  @state() private opened = "";
  @state() private padOpen = false;
  @state() private number = "";
  @state() private transfer?: Transfer;
  /** Calls whose pop-up was closed. */
  private dismissed = new Set<string>();
  /** What had the focus, and where it goes if that is gone: never to the button of another call. */
  private places: (Element | null | undefined)[] = [];
  /** The states of calls that were said, and what was said last: for who cannot see them. */
  private heard?: Map<string, string>;
  private said = "";
  /** How far down the buttons of calls were. */
  private tops = new WeakMap<HTMLElement, number>();

  static getConfigForm = switchboardForm;
  static getStubConfig = () => ({});

  getCardSize(): number {
    return 10;
  }

  getGridOptions(): object {
    return { columns: "full", min_columns: 6 };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.escape);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.escape);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const focused = (this.renderRoot as ShadowRoot | undefined)?.activeElement;
    this.places = focused
      ? [focused, focused.closest(".panel")?.previousElementSibling, focused.closest("section")]
      : [];
    const calls = this.feed?.calls ?? [];
    if (this.transfer && !calls.some((each) => each.call_id === this.transfer!.call.call_id)) {
      this.transfer = undefined;
    }
    if (this.config) this.say();
  }

  /** Say which calls are new or in another state: one's own, where one's extension is known. */
  private say(): void {
    const own = this.feed?.of.get(this.own)?.map(({ call }) => call);
    const calls = (this.own ? own : this.feed?.calls) ?? [];
    const heard = new Map(calls.map((call) => [call.call_id, this.stateOf(call)]));
    const changed = calls.filter(({ call_id }) => heard.get(call_id) !== this.heard?.get(call_id));
    if (!calls.length) this.said = "";
    else if (this.heard && changed.length) {
      this.said = changed
        .map((call) => [...this.pathOf(call), heard.get(call.call_id)].join(", "))
        .join("; ");
    }
    this.heard = this.feed?.live ? heard : undefined; // what was there before is no news
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config) return nothing;
    const obstacle = this.renderObstacle();
    return html`<ha-card>
      <div class="head">
        <h2 tabindex="-1">${this.config.title || this.pbx?.name || this.localize("switchboard.name")}</h2>
        ${obstacle || !this.acts || this.config.show_dial_pad === false
          ? nothing
          : html`<button aria-expanded=${this.padOpen} @click=${() => (this.padOpen = !this.padOpen)}>
              ${icon(mdiDialpad)} ${this.localize("dial_pad")}
            </button>`}
      </div>
      ${obstacle ??
      html`${this.offline ? html`<p class="empty">${this.localize("disconnected")}</p>` : nothing}
      <p class="hidden" role="status" dir="auto">${this.said}</p>
      ${this.renderProblem()} ${this.renderTransfer()}
      ${this.consulting.map((each) => this.renderConsultation(each))}
      ${this.padOpen && this.acts ? this.renderPad() : nothing}
      ${this.config.show_calls === false ? nothing : this.renderCalls()} ${this.renderParked()}
      ${this.renderExtensions()} ${this.config.show_lines === false ? nothing : this.renderLines()}
      ${this.renderPopup()}`}
    </ha-card>`;
  }

  // Extensions

  private get shownExtensions(): Extension[] {
    const only = [this.config.extensions ?? ""].flat().flatMap((each) => `${each}`.split(/[\s,;]+/));
    const wanted = new Set(only.filter(Boolean));
    const all = this.pbx!.extensions;
    return wanted.size ? all.filter((each) => wanted.has(each.number)) : all;
  }

  private renderExtensions(): TemplateResult | typeof nothing {
    const all = this.shownExtensions;
    if (!all.length) return nothing;
    const text = this.search.trim().toLowerCase();
    const found = text ? all.filter((each) => this.isFound(each, text)) : all;
    return html`<section aria-label=${this.localize("extensions")}>
      <div class="row">
        <h3>${this.localize("extensions")}</h3>
        <input
          type="search"
          aria-label=${this.localize("search")}
          placeholder=${this.localize("search")}
          .value=${this.search}
          @input=${(event: Event) => (this.search = (event.target as HTMLInputElement).value)}
        />
      </div>
      ${found.length
        ? html`<ul class="tiles ${this.transfer ? "targets" : ""}">
            ${repeat(found, (each) => each.number, (each) => this.renderTile(each))}
          </ul>`
        : html`<p class="empty">${this.localize("nothing_found")}</p>`}
    </section>`;
  }

  private isFound(extension: Extension, text: string): boolean {
    const others = (this.feed?.of.get(extension.number) ?? []).map(
      ({ leg }) => `${leg.other} ${leg.other_name}`,
    );
    const digits = text.replace(/[\s()/.-]/g, "");
    const national = digits.replace(new RegExp(`^(\\+|00)${this.feed?.code || " "}|^\\+|^0+`), "");
    const numbers = others.join(" ");
    if (/^\d{3,}$/.test(national) && numbers.includes(national)) return true;
    return [extension.number, this.label(extension.number), extension.name, ...others].join(" ").toLowerCase().includes(text);
  }

  /** A tile is rendered again only when what it shows has changed: there may be 500. */
  private renderTile(extension: Extension): unknown {
    const { states } = this.hass!;
    const status = extension.status ? states[extension.status] : undefined;
    const dnd = extension.dnd && states[extension.dnd]?.state === "on";
    const forward = extension.forward && states[extension.forward]?.state === "on";
    const calls = this.feed?.of.get(extension.number);
    const opened = this.opened === extension.number;
    const seen = [
      extension, status, dnd, forward, opened, this.localize, this.own,
      this.transfer, this.offline, this.hass!.formatEntityState, this.feed?.names, this.pbx, this.acts,
      ...(calls ?? []).map(({ call }) => call),
    ];
    return guard(seen, () => {
      const word = status?.state ?? "unknown";
      const first = calls?.find(({ leg }) => leg.state !== "on_hold") ?? calls?.[0];
      const words = status ? this.hass!.formatEntityState(status) : this.localize("state.unknown");
      return html`<li class=${opened ? "opened" : ""}>
        <button
          class="tile ${word}"
          data-number=${extension.number}
          aria-expanded=${this.transfer ? nothing : opened}
          @click=${() => this.press(extension)}
        >
          <span class="sign">${icon(STATUS_ICONS[word] ?? mdiMinusCircle)}</span>
          <span class="who">
            <span class="name"><bdi>${this.label(extension.number)}</bdi></span>
            ${first && !opened
              ? html`<span class="second other">
                  <span class="hidden">${extension.number} · ${words}</span>
                  <bdi>${this.label(first.leg.other, first.leg.other_name, first.leg.outside)}</bdi>
                  <span>· <ippbx-clock .since=${this.inCallSince(first, status)}></ippbx-clock></span>
                </span>`
              : html`<span class="second">
                  <bdi>${extension.number}</bdi>
                  ${this.own === extension.number ? html`· ${this.localize("own")}` : nothing} ·
                  ${words}
                </span>`}
          </span>
          ${dnd ? this.renderBadge(mdiBellCancel, "do_not_disturb") : nothing}
          ${forward ? this.renderBadge(mdiPhoneForward, "forwarded") : nothing}
        </button>
        ${opened ? this.renderOpened(extension, calls ?? []) : nothing}
      </li>`;
    });
  }

  private renderBadge(path: string, key: TextKey): TemplateResult {
    return html`<span class="badge" title=${this.localize(key)}>
      ${icon(path)}<span class="hidden">${this.localize(key)}</span>
    </span>`;
  }

  private renderOpened(extension: Extension, calls: Part[]): TemplateResult {
    const { number } = extension;
    const name = this.label(number);
    return html`<div class="panel">
      ${this.consulting.includes(number) ? nothing : this.renderConsultation(number)}
      ${repeat(
        calls,
        ({ call }) => call.call_id,
        ({ call, leg }) => html`<div class="row wrap">
          <span class="grow">
            <bdi>${this.label(leg.other, leg.other_name, leg.outside)}</bdi> ·
            ${leg.state === "ringing" ? this.localize("call.ringing") : this.stateOf(call)}
          </span>
          ${this.renderActions(call, number)}
        </div>`,
      )}
      <div class="actions">
        ${number === this.own || !this.acts
          ? nothing
          : html`<button
              aria-label=${this.localize("call_name", { name })}
              ?disabled=${this.offline}
              @click=${() => this.dial(number)}
            >
              ${icon(mdiPhone)} ${this.localize("call")}
            </button>`}
        ${this.renderSwitch(extension.dnd, mdiBellCancel, "do_not_disturb")}
        ${this.renderSwitch(extension.forward, mdiPhoneForward, "forwarded")}
        ${extension.status
          ? html`<button
              @click=${() => fire(this, "hass-more-info", { entityId: extension.status })}
            >
              ${icon(mdiInformationOutline)} ${this.localize("details")}
            </button>`
          : nothing}
      </div>
    </div>`;
  }

  private renderSwitch(
    entity: string | undefined, path: string, key: TextKey,
  ): TemplateResult | typeof nothing {
    const shown = entity && this.hass!.states[entity]?.state;
    if (!this.acts || !shown || !["on", "off"].includes(shown)) return nothing;
    return html`<button
      aria-pressed=${shown === "on"}
      @click=${() => this.control("switch", shown === "on" ? "turn_off" : "turn_on", entity)}
    >
      ${icon(path)} ${this.localize(key)}
    </button>`;
  }

  private press(extension: Extension): void {
    if (this.transfer) void this.transferTo(extension.number);
    else this.opened = this.opened === extension.number ? "" : extension.number;
  }

  // Calls

  private since(call: Call): number {
    return this.feed!.time(call.answered ?? call.started);
  }

  /**
   * Return since when an extension is in a call. One to which it was passed on says so by its
   * phone alone: since when that rings or talks.
   */
  private inCallSince({ call, leg }: Part, phone?: EntityState): number {
    const passedOn = call.answered_by && ![call.caller, call.answered_by].includes(leg.extension);
    return passedOn && IN_A_CALL.includes(phone?.state ?? "")
      ? this.feed!.time(phone!.last_changed)
      : this.since(call);
  }

  private renderCalls(): TemplateResult | typeof nothing {
    const parked = new Set(this.feed?.parked.map((each) => each.call));
    const calls = (this.feed?.calls ?? []).filter((each) => !parked.has(each.call_id));
    if (!calls.length && this.offline) return nothing;
    return html`<section tabindex="-1" aria-label=${this.localize("active_calls")}>
      <h3>${this.localize("active_calls")}</h3>
      ${calls.length
        ? html`<ul class="calls">
            ${repeat(calls, (call) => call.call_id, (call) => html`<li>${this.renderCall(call)}</li>`)}
          </ul>`
        : html`<p class="empty">${this.localize(this.feed?.live ? "no_active_calls" : "loading")}</p>`}
    </section>`;
  }

  private renderCall(call: Call): unknown {
    const seen = [
      call, this.localize, this.transfer, this.offline, this.feed?.actions, this.pbx,
    ];
    return guard(seen, () => {
      const parts = this.pathOf(call);
      return html`<div class="row wrap call ${call.state}">
        <span class="sign">${icon(DIRECTION_ICONS[call.direction ?? ""] ?? mdiPhoneInTalk)}</span>
        <span class="who grow">
          <span class="hidden">${call.direction && this.text(`direction.${call.direction}`)}</span>
          <span class="path">
            ${parts.map(
              (part, index) =>
                html`${index ? html`<span class="then" aria-hidden="true">›</span>` : nothing}<bdi
                    >${part}</bdi
                  >`,
            )}
          </span>
          <span class="second">
            ${this.stateOf(call)} ·
            <ippbx-clock .since=${this.since(call)}></ippbx-clock>
          </span>
        </span>
        ${this.renderActions(call)}
      </div>`;
    });
  }

  /** Return the word for the state of a call; one from outside for which nothing rings waits. */
  private stateOf(call: Call): string {
    const waits = call.direction === "inbound" && call.state === "dialing";
    return this.text(`call.${waits ? "waiting" : call.state}`);
  }

  /** Return the path of a call: who calls, over which line, through what, to whom. */
  private pathOf(call: Call): string[] {
    const caller = this.callerOf(call);
    const inbound = call.direction === "inbound";
    const talking = call.legs.filter((leg) => inbound || leg.extension !== call.caller);
    const ends = talking.map((leg) => this.label(leg.extension));
    const callee = this.label(call.callee, call.callee_name, call.direction === "outbound");
    const parts = call.direction === "outbound"
      ? [caller, call.trunk, callee]
      : [caller, call.trunk, call.path && this.label(call.path), ends.join(", ") || callee];
    return [...new Set(parts.filter((part): part is string => !!part))];
  }

  private renderActions(call: Call, extension?: string): TemplateResult {
    return html`<span class="actions">
      ${repeat(
        CALL_ACTIONS.filter(
          (each) => each.states.includes(call.state) && this.offers(...each.needs),
        ),
        ({ name }) => (name === "resume" ? "hold" : name), // keeps the focus
        (each) => html`<button
          class="round ${each.name === "hang_up" || each.name === "refuse" ? "end" : ""}"
          title=${this.localize(each.name)}
          aria-label="${this.localize(each.name)}, ${this.callerOf(call)}"
          aria-pressed=${each.name === "transfer"
            ? this.transfer?.call.call_id === call.call_id
            : nothing}
          ?disabled=${this.offline}
          @click=${() => this.handle(each, call, extension)}
        >
          ${icon(each.icon)}
        </button>`,
      )}
    </span>`;
  }

  private async handle(each: CallAction, call: Call, extension?: string): Promise<void> {
    const by = extension ?? this.leaving(call);
    const target = { call_id: call.call_id, extension: by };
    if (each.name === "transfer") {
      this.transfer = this.transfer ? undefined : { call, by };
    } else if (each.name === "park") {
      const answer = await this.act("park", target);
      if (answer?.slot) {
        this.feed!.park(call, answer.slot, this.callerOf(call));
      }
    } else if (each.name === "hang_up" && !extension) {
      await this.act("hang_up", { call_id: call.call_id });
    } else if (each.action) {
      await this.act(each.action, { call_id: call.call_id });
    } else {
      await this.act(each.name, target);
    }
  }

  /** Return by which extension a call is held or leaves it: one's own, else the called one. */
  private leaving(call: Call): string | undefined {
    const inside = call.legs.map((leg) => leg.extension);
    if (inside.includes(this.own)) return this.own;
    return call.direction === "internal" ? inside.at(-1) : undefined;
  }

  // Transfer

  private renderTransfer(): TemplateResult | typeof nothing {
    if (!this.transfer) return nothing;
    return html`<div class="notice" role="status">
      ${icon(mdiPhoneForward)}
      <span class="grow" dir="auto">
        <strong>${this.localize("transfer_to")}</strong>
        ${this.config.show_dial_pad === false ? nothing : this.localize("transfer_hint")}
      </span>
      <span class="actions">
        ${this.offers("attended_transfer")
          ? html`<button
              aria-pressed=${!!this.transfer.ask}
              @click=${() => (this.transfer = { ...this.transfer!, ask: !this.transfer!.ask })}
            >
              ${icon(mdiAccountQuestion)} ${this.localize("ask_first")}
            </button>`
          : nothing}
        <button @click=${() => (this.transfer = undefined)}>${this.localize("cancel")}</button>
      </span>
    </div>`;
  }

  private async transferTo(number: string): Promise<void> {
    const transfer = this.transfer!;
    const { call, by, ask } = transfer;
    this.transfer = undefined;
    const extension = ask ? by ?? call.legs[0]?.extension : by;
    const target = { call_id: call.call_id, number, extension };
    const done = await (ask ? this.act("attended_transfer", target) : this.act("transfer", target));
    if (!done) {
      this.transfer ??= transfer;
      return;
    }
    this.number = "";
    if (ask && extension) this.feed!.asking.add(extension);
    this.feed!.changed();
  }

  /** The extensions whose consultations concern the person. */
  private get consulting(): string[] {
    return [...new Set([this.own, ...(this.feed?.asking ?? [])])];
  }

  /** Return what an extension asks about an answered call: it has made a second one. */
  private consultationOf(extension: string): Consultation | undefined {
    const [first, asked, third] = this.feed?.of.get(extension) ?? [];
    return this.offers("operate_transfer") &&
      first?.call.answered && asked?.call.caller === extension && !third
      ? { first, asked }
      : undefined;
  }

  private renderConsultation(extension: string): unknown {
    const consultation = this.consultationOf(extension);
    if (!consultation) return nothing;
    const { first, asked } = consultation;
    const isolated = (name: string) => `\u2068${name}\u2069`; // as <bdi> does
    const label = ({ leg }: Part) => isolated(this.label(leg.other, leg.other_name, leg.outside));
    const talks = ["talking", "on_hold"].includes(asked.call.state);
    const target = { call_id: first.call.call_id, extension };
    const steps = html`<div class="notice" role="status">
      ${icon(mdiAccountQuestion)}
      <span class="grow" dir="auto">
        ${this.localize("consulting", {
          name: isolated(this.label(extension)),
          other: label(asked),
          caller: label(first),
        })}
      </span>
      <span class="actions">
        ${Object.entries(STEPS)
          .filter(([step]) => talks || step === "abort")
          .map(
            ([step, path]) => html`<button
              ?disabled=${this.offline}
              @click=${() => this.act("attended_transfer_step", { ...target, step })}
            >
              ${icon(path)} ${this.text(`step.${step}`)}
            </button>`,
          )}
      </span>
    </div>`;
    return keyed(first.call.call_id, steps);
  }

  /** Keep the call, wherever on the page the focus is. */
  private escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.transfer = undefined;
  };

  // Parked calls

  private renderParked(): TemplateResult | typeof nothing {
    const parked = this.feed?.parked ?? [];
    if (!parked.length) return nothing;
    return html`<section tabindex="-1" aria-label=${this.localize("parked")}>
      <h3>${this.localize("parked")}</h3>
      <ul class="calls">
        ${repeat(
          parked,
          (each) => each.call,
          (each) => html`<li class="row wrap call">
            <span class="sign">${icon(mdiParking)}</span>
            <span class="who grow">
              <bdi>${each.label}</bdi>
              <span class="second">
                ${this.localize("slot", { slot: each.slot })} ·
                <ippbx-clock .since=${each.since}></ippbx-clock>
              </span>
            </span>
            <span class="actions">
              <button
                aria-label="${this.localize("retrieve")}, ${each.label}"
                ?disabled=${this.offline}
                @click=${() => this.takeBack(each.slot)}
              >
                ${icon(mdiPhone)} ${this.localize("retrieve")}
              </button>
              <button
                class="round end"
                title=${this.localize("hang_up")}
                aria-label="${this.localize("hang_up")}, ${each.label}"
                ?disabled=${this.offline}
                @click=${() => this.act("hang_up", { call_id: each.call })}
              >
                ${icon(mdiPhoneHangup)}
              </button>
            </span>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  private async takeBack(slot: string): Promise<void> {
    if (this.knowsOwn()) await this.act("retrieve", { extension: this.own, slot });
  }

  // Dial pad

  /** Return whether one's own extension is known; if not, the dial pad opens to choose it. */
  private knowsOwn(): boolean {
    if (this.own) return true;
    this.padOpen = true;
    this.problem = this.localize("choose_extension");
    void this.updateComplete.then(() => this.renderRoot.querySelector("select")?.focus());
    return false;
  }

  private async dial(number: string): Promise<void> {
    if (!this.knowsOwn()) return;
    const done = await this.act("dial", { extension: this.own, number });
    if (done && number === this.number) this.number = "";
  }

  private renderPad(): TemplateResult {
    const own = this.own;
    return html`<form class="pad" aria-label=${this.localize("dial_pad")} @submit=${this.submit}>
      ${this.config.own_extension
        ? nothing
        : html`<label>
            ${this.localize("from")}
            <select @change=${(event: Event) => this.chooseOwn((event.target as HTMLSelectElement).value)}>
              <option value="" ?selected=${!own}>${this.localize("choose_extension")}</option>
              ${this.pbx!.extensions.map(
                (each) => html`<option value=${each.number} ?selected=${each.number === own}>
                  ${this.label(each.number)} (${each.number})
                </option>`,
              )}
            </select>
          </label>`}
      <div class="row">
        <input
          type="tel"
          dir="ltr"
          inputmode="tel"
          autocomplete="off"
          maxlength="32"
          aria-label=${this.localize("number")}
          placeholder=${this.localize("number")}
          .value=${this.number}
          @input=${(event: Event) => (this.number = (event.target as HTMLInputElement).value)}
        />
        <button
          type="button"
          class="plain round"
          aria-label=${this.localize("delete")}
          ?disabled=${!this.number}
          @click=${() => (this.number = this.number.slice(0, -1))}
        >
          ${icon(mdiBackspaceOutline)}
        </button>
      </div>
      <div class="keys" dir="ltr">
        ${KEYS.map(
          (key) => html`<button type="button" @click=${() => (this.number += key)}>${key}</button>`,
        )}
      </div>
      <button class="main" ?disabled=${!this.number.trim() || this.offline}>
        ${this.transfer
          ? html`${icon(this.transfer.ask ? mdiAccountQuestion : mdiPhoneForward)}
              ${this.localize(this.transfer.ask ? "ask_first" : "transfer")}`
          : html`${icon(mdiPhone)} ${this.localize("call")}`}
      </button>
      ${own && this.number && !this.transfer
        ? html`<p class="second">
            ${this.localize("ringing_own", { extension: this.label(own), number: this.number })}
          </p>`
        : nothing}
    </form>`;
  }

  private submit(event: Event): void {
    event.preventDefault();
    const number = this.number.trim();
    if (this.transfer) void this.transferTo(number);
    else void this.dial(number);
  }

  // Lines

  private renderLines(): TemplateResult | typeof nothing {
    const lines = this.pbx!.lines;
    if (!lines.length) return nothing;
    return html`<section aria-label=${this.localize("lines")}>
      <h3>${this.localize("lines")}</h3>
      <ul class="tiles">
        ${lines.map((line) => this.renderLine(line))}
      </ul>
    </section>`;
  }

  private renderLine(line: Line): TemplateResult {
    const status = line.status ? this.hass!.states[line.status] : undefined;
    const good = GOOD_LINES.includes(status?.state ?? "");
    const unknown = !status || ["unknown", "unavailable"].includes(status.state);
    return html`<li>
      <button
        class="tile ${unknown ? "" : good ? "idle" : "fault"}"
        ?disabled=${!line.status}
        @click=${() => fire(this, "hass-more-info", { entityId: line.status })}
      >
        <span class="sign">${icon(mdiTransitConnectionHorizontal)}</span>
        <span class="who">
          <span class="name"><bdi>${line.name}</bdi></span>
          <span class="second">
            ${status ? this.hass!.formatEntityState(status) : this.localize("state.unknown")}
          </span>
        </span>
      </button>
    </li>`;
  }

  // Pop-up

  /** The call that rings at one's own extension, unless its pop-up was closed. */
  private get incoming(): Call | undefined {
    if (!this.config.popup || !this.own) return undefined;
    return this.feed?.of
      .get(this.own)
      ?.find(
        ({ call, leg }) =>
          leg.state === "ringing"
          && (call.direction === "inbound" || call.caller !== this.own)
          && !this.dismissed.has(call.call_id),
      )?.call;
  }

  private renderPopup(): unknown {
    const call = this.incoming;
    if (!call) return nothing;
    const name = this.callerOf(call);
    const number = this.told(call.caller);
    const popup = html`<dialog
      tabindex="-1"
      aria-label=${this.localize("incoming")}
      @close=${() => {
        this.dismissed.add(call.call_id);
        this.requestUpdate();
      }}
    >
      <span class="sign">${icon(mdiBellRing)}</span>
      <p class="second">${this.localize("incoming")}</p>
      <p class="caller"><bdi>${name}</bdi></p>
      ${number && number !== name ? html`<p><bdi>${number}</bdi></p>` : nothing}
      <p class="second">${this.localize("for_extension", { extension: this.label(this.own) })}</p>
      <div class="actions">
        ${this.renderActions(call, this.own)}
        <button @click=${(event: Event) => (event.target as Element).closest("dialog")!.close()}>
          ${this.localize("close")}
        </button>
      </div>
    </dialog>`;
    return keyed(call.call_id, popup);
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (this.places[0]?.isConnected === false) {
      const next = this.places.find((each) => each?.isConnected);
      ((next ?? this.renderRoot.querySelector("h2")) as HTMLElement | null)?.focus();
    }
    this.rest([...this.renderRoot.querySelectorAll<HTMLElement>(MOVING)].filter((each) => {
      const before = this.tops.get(each);
      this.tops.set(each, each.offsetTop);
      const opened = before === undefined && each.matches(".panel > .actions");
      return before !== each.offsetTop && !opened;
    }));
    if (!this.config?.popup) return; // looking for it costs more than 500 tiles
    const dialog = this.renderRoot.querySelector("dialog");
    if (!dialog || dialog.open) return;
    dialog.showModal();
    dialog.focus(); // a key that was meant for something else presses no button
  }

  static override styles = [
    shared,
    css`
      section {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .row {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .wrap {
        flex-wrap: wrap;
      }
      .grow {
        flex: 1 1 160px;
      }
      section > .row h3 {
        flex: 1;
      }
      section > .row input {
        max-width: 260px;
      }
      .tiles {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(150px, 100%), 1fr));
        gap: 8px;
      }
      .tiles > li {
        display: flex;
        flex-direction: column;
      }
      /* Of a size of its own: what changes in it moves and measures nothing else. */
      .tiles > li:not(.opened) {
        height: 60px;
        contain: strict;
        content-visibility: auto;
      }
      .tiles > .opened {
        grid-column: 1 / -1;
        border-radius: 12px;
        box-shadow: inset 0 0 0 2px var(--tint);
      }
      .tile {
        --sign: var(--disabled-color, #bdbdbd);
        flex: 1;
        min-height: 60px;
        padding: 4px 8px;
        gap: 10px;
        justify-content: start;
        border-radius: 12px;
      }
      .tile,
      .tile[aria-expanded="true"] {
        background: color-mix(in srgb, var(--sign) 12%, transparent);
      }
      .tile.idle {
        --sign: var(--success-color, #43a047);
      }
      .tile.ringing,
      .call.ringing,
      dialog {
        --sign: var(--warning-color, #ffa600);
      }
      .tile.busy,
      .tile.fault,
      .call.talking {
        --sign: var(--error-color, #db4437);
      }
      .tile.on_hold,
      .call.on_hold {
        --sign: var(--accent-color, #ff9800);
      }
      .sign {
        display: grid;
        place-items: center;
        width: 36px;
        height: 36px;
        flex: none;
        border-radius: 50%;
        background: color-mix(in srgb, var(--sign, var(--primary-color)) 22%, transparent);
      }
      button .sign .icon,
      .sign .icon {
        color: var(--sign, var(--primary-color));
      }
      @media (prefers-reduced-motion: no-preference) {
        .ringing > .sign .icon,
        dialog .sign .icon {
          animation: ring 1s ease-in-out infinite;
        }
        @keyframes ring {
          25% {
            transform: rotate(14deg);
          }
          75% {
            transform: rotate(-14deg);
          }
        }
      }
      .who {
        flex: 1 1 0;
        min-width: 0;
        display: flex;
        flex-direction: column;
      }
      .tile .other {
        display: flex;
        flex-wrap: wrap;
        column-gap: 4px;
      }
      .name,
      .tile .second,
      .tile .other bdi {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      /* Two lines fit below the name, so that few states and numbers are cut. */
      .tile .name {
        line-height: 1.4;
      }
      .tile .second {
        line-height: 1.3;
        max-height: 2.6em;
        white-space: normal;
      }
      .tile:focus-visible {
        outline-offset: -2px;
      }
      .badge .icon {
        width: 18px;
        height: 18px;
        color: var(--secondary-text-color);
      }
      .who.grow {
        flex-basis: 160px;
      }
      .panel {
        display: flex;
        flex-direction: column;
        gap: 8px;
        padding: 8px;
      }
      .call {
        min-height: 48px;
        padding: 4px 0;
      }
      .call .actions {
        margin-inline-start: auto;
      }
      .call + .call,
      .calls li + li {
        border-top: 1px solid var(--line);
      }
      .path {
        overflow-wrap: anywhere;
      }
      /* A part of the path goes to the next line before it breaks, as "trunk-1" may at its hyphen. */
      .path bdi {
        display: inline-block;
      }
      .then {
        color: var(--secondary-text-color);
        padding: 0 6px;
      }
      .targets .tile {
        box-shadow: inset 0 0 0 2px var(--tint);
      }
      /* In sight while one looks for an extension, below the bar of the page. */
      .notice {
        position: sticky;
        top: var(--header-height, 56px);
        z-index: 1;
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        padding: 8px 12px;
        border-radius: 10px;
        background: color-mix(
          in srgb,
          var(--primary-color) 16%,
          var(--ha-card-background, var(--card-background-color, Canvas))
        );
      }
      .notice button {
        flex: 1 0 auto;
      }
      .panel .notice {
        position: static;
      }
      .pad {
        display: flex;
        flex-direction: column;
        gap: 8px;
        width: 100%;
        max-width: 320px;
        align-self: center;
      }
      .pad label {
        display: flex;
        flex-direction: column;
        gap: 4px;
      }
      .pad p {
        margin: 0;
      }
      .keys {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 8px;
      }
      .keys button {
        min-height: 48px;
        font-size: 20px;
      }
      dialog {
        width: min(320px, 90vw);
        box-sizing: border-box;
        padding: 24px;
        border: none;
        border-radius: 24px;
        text-align: center;
        color: var(--primary-text-color);
        background: var(--ha-card-background, var(--card-background-color, Canvas));
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 50%);
      }
      dialog .sign {
        width: 64px;
        height: 64px;
        margin: 0 auto;
      }
      dialog .icon {
        width: 28px;
        height: 28px;
      }
      dialog p {
        margin: 8px 0;
      }
      /* However long a name is, the buttons stay in sight. */
      .caller {
        display: -webkit-box;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
        overflow: hidden;
        font-size: 24px;
        overflow-wrap: anywhere;
      }
      dialog .actions {
        justify-content: center;
      }
    `,
  ];
}
