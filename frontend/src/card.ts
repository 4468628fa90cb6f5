/** What both cards are: bound to a PBX, its feed, the person's own extension, and the actions. */

import { mdiClose } from "@mdi/js";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";

import { feedOf, type Call, type Feed, type LogEntry } from "./feed";
import { DOMAIN, wordsOf, type Hass, type HassError } from "./hass";
import { icon } from "./icon";
import numbers from "./numbers.json";
import { keepOwnExtension, ownExtension } from "./own";
import { differs, pbxes, pbxOf, type Pbx } from "./pbx";
import { localizer, type Localize, type TextKey } from "./texts";

/** How long a second click may follow the first one of a double click, in milliseconds. */
const MOMENT = 600;

export interface CardConfig {
  type: string;
  config_entry_id?: string;
  title?: string;
  own_extension?: string | number;
}

export abstract class PbxCard<ConfigT extends CardConfig> extends LitElement {
  @state() protected config!: ConfigT;
  @state() protected problem = "";
  @state() protected chosenOwn = "";
  protected pbx?: Pbx;
  protected feed?: Feed;
  protected localize: Localize = localizer("en");
  private current?: Hass;
  /** Actions that are on their way or were sent a moment ago. */
  private sent = new Set<string>();
  private leaveFeed?: () => void;

  get hass(): Hass | undefined {
    return this.current;
  }

  /** Home Assistant gives a new one with each change of anything; few of them concern this card. */
  set hass(hass: Hass | undefined) {
    const before = this.current;
    this.current = hass;
    if (!hass || (before && !differs(before, hass, this.pbx))) return;
    if (before?.language !== hass.language) this.localize = localizer(hass.language);
    this.bind();
    this.requestUpdate();
  }

  setConfig(config: ConfigT): void {
    this.config = config;
    this.bind();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.bind();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.leave();
  }

  /** Find the PBX, and join its feed. */
  private bind(): void {
    if (!this.current || !this.config) return;
    this.pbx = pbxOf(this.current, this.config.config_entry_id);
    const feed = this.pbx && this.isConnected
      ? feedOf(this.current, this.pbx.entryId)
      : undefined;
    if (feed === this.feed) return;
    this.leave();
    if (!feed) return;
    this.feed = feed;
    this.leaveFeed = feed.listen((...entries) => this.callsChanged(...entries));
    this.joined();
    ownExtension(this.current, this.pbx!.entryId)
      .then((own) => (this.chosenOwn = own))
      .catch(() => undefined);
  }

  private leave(): void {
    this.leaveFeed?.();
    this.leaveFeed = this.feed = undefined;
  }

  /** The card shows another PBX than before, or one for the first time. */
  protected joined(): void {}

  protected callsChanged(_logged: LogEntry[], _completed: LogEntry[]): void {
    this.requestUpdate();
  }

  /** The extension that rings first when the person calls somebody; empty if unknown. */
  protected get own(): string {
    return String(this.config.own_extension || this.chosenOwn || this.feed?.own || "");
  }

  protected chooseOwn(number: string): void {
    this.chosenOwn = number;
    keepOwnExtension(this.current!, this.pbx!.entryId, number).catch((error) => this.fail(error));
  }

  /**
   * Call one of our actions, but not twice in a moment; a refusal is shown in Home Assistant's own
   * words for it.
   */
  protected async act(
    action: string, data: Record<string, string | undefined>,
  ): Promise<Record<string, string> | undefined> {
    const fields = { config_entry_id: this.pbx!.entryId, ...data };
    // One call can be hung up in several places, and ends once.
    const key = JSON.stringify([action, action === "hang_up" ? data.call_id : fields]);
    if (this.sent.has(key)) return undefined;
    this.sent.add(key);
    this.problem = "";
    try {
      const answer = await this.current!.callService(DOMAIN, action, fields, undefined, false, true);
      return answer.response ?? {};
    } catch (error) {
      await this.fail(error);
      return undefined;
    } finally {
      window.setTimeout(() => this.sent.delete(key), MOMENT);
    }
  }

  /**
   * Let the pointer pass what has just come or moved: a second click is meant for what was there
   * before. Neither the keyboard nor the focus is touched, as disabling buttons would.
   */
  protected rest(moved: Iterable<Element>): void {
    for (const each of moved) each.animate({ pointerEvents: ["none", "none"] }, MOMENT);
  }

  /** Press a button, or turn a switch. */
  protected async control(domain: string, service: string, entity: string): Promise<void> {
    this.problem = "";
    try {
      await this.current!.callService(domain, service, {}, { entity_id: entity }, false);
    } catch (error) {
      await this.fail(error);
    }
  }

  protected async fail(error: unknown): Promise<void> {
    this.problem = (error as HassError).code === "unauthorized"
      ? this.localize("not_allowed")
      : await wordsOf(this.current!, error);
  }

  protected text(key: string): string {
    return this.localize(key as TextKey);
  }

  /**
   * Return the name of somebody: what a user named the device in Home Assistant, else a contact's,
   * else the PBX's, else the number; a word without.
   */
  protected label(number = "", name?: string, outside = false): string {
    const inside = outside ? undefined : this.pbx?.byNumber.get(number);
    const word = numbers.not_told.includes(number.toLowerCase()) ? "unknown" : "withheld";
    return inside?.renamed
      || name
      || this.feed?.names[inside?.number ?? ""]
      || inside?.name
      || this.told(number)
      || this.localize(word);
  }

  /** Return a number; nothing for a word that the PBX sends in place of one. */
  protected told(number = ""): string {
    return numbers.withheld.includes(number.toLowerCase()) ? "" : number;
  }

  /** Return who a call is with, seen from outside of it: of an inbound one its caller. */
  protected callerOf(call: Call): string {
    return this.label(call.caller, call.caller_name, call.direction === "inbound");
  }

  protected renderProblem(): TemplateResult | typeof nothing {
    if (!this.problem) return nothing;
    return html`<div class="error" role="alert">
      <span dir="auto">${this.problem}</span>
      <button
        class="plain round"
        aria-label=${this.localize("close")}
        @click=${() => (this.problem = "")}
      >
        ${icon(mdiClose)}
      </button>
    </div>`;
  }

  /** What is shown in place of the card's content; nothing if there is some. */
  protected renderObstacle(): TemplateResult | undefined {
    const none = pbxes(this.current!).length ? "other_pbx" : "no_pbx";
    const key = !this.pbx ? none : this.feed?.refused ? "unauthorized" : undefined;
    return key && html`<p class="empty">${this.localize(key)}</p>`;
  }

  protected offers(...actions: string[]): boolean {
    return actions.some((action) => this.feed?.actions.has(action));
  }

  /** Whether the person may act at all, and not only look, as far as that is known. */
  protected get acts(): boolean {
    return !this.feed?.live || this.feed.actions.size > 0;
  }

  /** Whether the PBX cannot be reached, or is not loaded. */
  protected get offline(): boolean {
    const entity = this.pbx?.connected && this.current!.states[this.pbx.connected];
    return this.feed?.live === false || (!!entity && entity.state !== "on");
  }
}
