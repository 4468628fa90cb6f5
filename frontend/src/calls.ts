/** The call card: the log of a PBX, newest first, with what is logged while one looks at it. */

import {
  mdiCallMade, mdiCallMissed, mdiCallReceived, mdiClose, mdiPhone, mdiPhoneInTalk, mdiPlay,
  mdiSwapHorizontal,
} from "@mdi/js";
import { css, html, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";

import { PbxCard, type CardConfig } from "./card";
import { duration } from "./clock";
import { callsForm } from "./editor";
import type { LogEntry } from "./feed";
import { DOMAIN } from "./hass";
import { icon } from "./icon";
import numbers from "./numbers.json";
import { shared } from "./styles";
import type { TextKey } from "./texts";

const PAGE = 50;
const SEARCH_PAUSE = 300; // milliseconds after the last key

/** The choices of the filter: what they ask of the log. */
const SHOWN: Record<string, { outcome?: string[]; direction?: string[] }> = {
  all: {},
  missed: { outcome: ["missed"] },
  inbound: { direction: ["inbound"] },
  outbound: { direction: ["outbound"] },
  internal: { direction: ["internal"] },
};

const ICONS: Record<string, string> = {
  inbound: mdiCallReceived,
  outbound: mdiCallMade,
  internal: mdiSwapHorizontal,
};

export class PbxCalls extends PbxCard<CardConfig> {
  @state() private entries: LogEntry[] = [];
  @state() private shown = "all";
  @state() private extension = "";
  @state() private search = "";
  @state() private loading = false;
  /** Where the next page begins; null at the end of the log. */
  @state() private next: number | null = 0;
  /** The recording that is played, by its call. */
  @state() private playing?: { call: string; url: string };
  private asked = 0;
  private seen = 0; // snapshots of the feed
  private first = ""; // the entry at the top
  private pause = 0;
  private observer?: IntersectionObserver;

  static getConfigForm = callsForm;
  static getStubConfig = () => ({});

  getCardSize(): number {
    return 8;
  }

  getGridOptions(): object {
    return { columns: 12, min_columns: 6, rows: 8, min_rows: 4 };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.pause);
    this.observer?.disconnect();
    this.observer = undefined;
  }

  protected override joined(): void {
    this.entries = [];
    this.seen = 0;
    this.callsChanged([], []);
  }

  protected override callsChanged(logged: LogEntry[], completed: LogEntry[]): void {
    if (this.feed!.snapshots !== this.seen) {
      this.seen = this.feed!.snapshots;
      this.reload();
      return;
    }
    if (!this.feed!.live) this.requestUpdate();
    if (this.next !== null) this.next += logged.length; // the log has grown at its beginning
    const changed = [...logged, ...completed];
    if (this.search && changed.length) void this.look();
    else this.add(changed.filter((entry) => this.isWanted(entry)), changed);
  }

  /** Ask which of the newest entries are looked for, as only Home Assistant knows all names. */
  private async look(): Promise<void> {
    const asked = this.asked;
    const found = await this.page(0).catch(() => undefined);
    if (found && asked === this.asked) this.add(found.entries);
  }

  private page(offset: number): Promise<{ entries: LogEntry[]; next: number | null }> {
    return this.hass!.callWS({
      type: "ippbx/calls/log",
      config_entry_id: this.pbx!.entryId,
      offset,
      limit: PAGE,
      ...SHOWN[this.shown],
      extension: this.extension,
      search: this.search,
    });
  }

  private reload(): void {
    this.entries = [];
    this.next = 0;
    this.asked++;
    this.loading = false;
    void this.more();
  }

  /** Load until there is a page more, or the log ends; a filter may find little in much. */
  private async more(): Promise<void> {
    if (this.loading || this.next === null || !this.feed?.live) return;
    const asked = this.asked;
    const wanted = this.entries.length + PAGE;
    this.loading = true;
    try {
      while (this.next !== null && this.entries.length < wanted) {
        const page = await this.page(this.next);
        if (asked !== this.asked) return; // something else is wanted by now
        this.next = page.next;
        this.add(page.entries);
      }
    } catch (error) {
      if (asked !== this.asked) return;
      if (this.feed?.live) {
        this.next = null;
        await this.fail(error);
      }
    }
    this.loading = false;
  }

  /** Show entries, also in place of what they were; what has changed and is not among them goes. */
  private add(more: LogEntry[], changed: LogEntry[] = []): void {
    if (!more.length && !changed.length) return;
    const shown = new Map(this.entries.map((entry) => [keyOf(entry), entry]));
    for (const entry of more) shown.set(keyOf(entry), entry);
    const kept = new Set(more);
    for (const entry of changed) if (!kept.has(entry)) shown.delete(keyOf(entry));
    this.entries = [...shown.values()].sort((a, b) => b.started.localeCompare(a.started));
  }

  private isWanted(entry: LogEntry): boolean {
    const { outcome, direction } = SHOWN[this.shown];
    const extensions = [...(entry.missed_by ?? []), ...(entry.also_answered ?? [])];
    const inside = [entry.direction === "inbound" ? "" : entry.caller, ...extensions,
      ...(entry.direction === "outbound" ? [] : [entry.callee, entry.answered_by])];
    return (!outcome || outcome.includes(entry.outcome ?? ""))
      && (!direction || direction.includes(entry.direction ?? ""))
      && (!this.extension || [...inside, ...(entry.also_rang ?? [])].includes(this.extension));
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.hass || !this.config) return nothing;
    const obstacle = this.renderObstacle();
    return html`<ha-card>
      <div class="head">
        <h2>${this.config.title || this.localize("calls.name")}</h2>
        ${obstacle ? nothing : this.renderMissed()}
      </div>
      ${obstacle ?? html`${this.renderFilters()} ${this.renderProblem()} ${this.renderLog()}`}
    </ha-card>`;
  }

  private renderMissed(): TemplateResult | typeof nothing {
    const entity = this.pbx!.missed && this.hass!.states[this.pbx!.missed];
    const count = entity && Number(entity.state);
    if (!count) return nothing;
    return html`<span>${this.localize("missed_count", { count })}</span>
      ${this.acts && this.pbx!.resetMissed
        ? html`<button @click=${() => this.control("button", "press", this.pbx!.resetMissed!)}>${this.localize("reset")}</button>`
        : nothing}`;
  }

  private renderFilters(): TemplateResult {
    return html`<div class="filters">
      <select
        aria-label=${this.localize("show")}
        .value=${this.shown}
        @change=${(event: Event) => this.filter("shown", (event.target as HTMLSelectElement).value)}
      >
        ${Object.keys(SHOWN).map((key) => html`<option value=${key}>${this.text(`shown.${key}`)}</option>`)}
      </select>
      <select
        aria-label=${this.localize("extensions")}
        @change=${(event: Event) =>
          this.filter("extension", (event.target as HTMLSelectElement).value)}
      >
        <option value="">${this.localize("all_extensions")}</option>
        ${this.pbx!.extensions.map(
          (each) => html`<option value=${each.number}>${this.label(each.number)} (${each.number})</option>`,
        )}
      </select>
      <input
        type="search"
        maxlength="64"
        aria-label=${this.localize("search")}
        placeholder=${this.localize("search")}
        @input=${(event: Event) => {
          const { value } = event.target as HTMLInputElement; // an event forgets it afterwards
          clearTimeout(this.pause);
          this.pause = window.setTimeout(() => this.filter("search", value), SEARCH_PAUSE);
        }}
      />
    </div>`;
  }

  private renderLog(): TemplateResult {
    const days: { day: string; entries: LogEntry[] }[] = [];
    for (const entry of this.entries) {
      const day = this.dayOf(entry.started);
      if (days.at(-1)?.day !== day) days.push({ day, entries: [] });
      days.at(-1)!.entries.push(entry);
    }
    return html`<div class="log" tabindex="0" role="region" aria-label=${this.localize("calls.name")}>
      ${repeat(
        days,
        ({ day }) => day,
        ({ day, entries }) => html`<h3>${day}</h3>
          <ul>
            ${repeat(entries, keyOf, (entry) => html`<li>${this.renderEntry(entry)}</li>`)}
          </ul>`,
      )}
      <p class="empty end" role="status">
        ${this.localize(this.endOfLog)}
      </p>
    </div>`;
  }

  /** What stands below the entries: that there are no more is known of a loaded PBX alone. */
  private get endOfLog(): TextKey {
    if (this.feed?.live === false) return "disconnected";
    if (this.next !== null || this.loading) return "loading";
    if (this.entries.length) return "end_of_log";
    return this.search || this.extension || this.shown !== "all" ? "nothing_found" : "no_calls";
  }

  private renderEntry(entry: LogEntry): TemplateResult {
    const time = this.format(entry.started, { timeStyle: "short" });
    if (entry.kind === "gap") {
      const until = this.format(entry.ended!, { dateStyle: "medium", timeStyle: "short" });
      return html`<div class="entry second">${time} · ${this.localize("gap", { until })}</div>`;
    }
    const outbound = entry.direction === "outbound";
    const made = outbound
      || (entry.direction !== "inbound" && !!entry.caller && entry.caller === this.own);
    const name = made
      ? this.label(entry.callee, entry.callee_name, outbound)
      : this.label(entry.caller, entry.caller_name, entry.direction === "inbound");
    const number = this.told(made ? entry.callee : entry.caller);
    const missed = entry.outcome === "missed";
    const direction = entry.direction && this.text(`direction.${entry.direction}`);
    const outcome = entry.outcome && this.text(`outcome.${entry.outcome}`);
    const other = made
      ? this.localize("by_name", { name: this.label(entry.caller) })
      : entry.callee && this.localize("to_name", { name: this.label(entry.callee, entry.callee_name) });
    const talked = entry.talk_seconds ? duration(entry.talk_seconds) : "";
    const details = [time, number !== name && number, other, outcome, talked].filter(Boolean);
    return html`<div class="entry ${missed ? "missed" : ""}">
      ${icon(missed ? mdiCallMissed : (ICONS[entry.direction ?? ""] ?? mdiPhoneInTalk))}
      <div class="who">
        <span class="hidden">${direction}</span>
        <div class="name"><bdi>${name}</bdi></div>
        <div class="second">
          ${details.map((each, index) => html`${index ? " · " : ""}<bdi>${each}</bdi>`)}
        </div>
      </div>
      ${entry.recording && this.feed?.recordings ? this.renderPlay(entry, name) : nothing}
      ${this.acts && number && !number.endsWith(numbers.hidden)
        ? html`<button
            class="round"
            title=${this.localize("call_back")}
            aria-label=${this.localize("call_back_name", { name })}
            ?disabled=${this.offline}
            @click=${() => this.callBack(entry)}
          >
            ${icon(mdiPhone)}
          </button>`
        : nothing}
    </div>
    ${entry.call_id === this.playing?.call
      ? html`<audio
          controls
          autoplay
          aria-label=${this.localize("recording_of", { name })}
          src=${this.playing.url}
          @error=${() => (this.problem = this.localize("recording_failed"))}
        ></audio>`
      : nothing}`;
  }

  private renderPlay(entry: LogEntry, name: string): TemplateResult {
    const playing = entry.call_id === this.playing?.call;
    return html`<button
      class="round"
      title=${this.localize(playing ? "close" : "play")}
      aria-label=${this.localize("recording_of", { name })}
      aria-expanded=${playing}
      @click=${() => this.play(entry)}
    >
      ${icon(playing ? mdiClose : mdiPlay)}
    </button>`;
  }

  /** Play a recording through Home Assistant, which signs its address; or stop it. */
  private async play(entry: LogEntry): Promise<void> {
    const playing = this.playing?.call;
    this.playing = undefined;
    this.problem = "";
    if (playing === entry.call_id) return;
    const media_content_id = `media-source://${DOMAIN}/${this.pbx!.entryId}/${entry.call_id}`;
    try {
      const { url } = await this.hass!.callWS<{ url: string }>({
        type: "media_source/resolve_media",
        media_content_id,
      });
      this.playing = { call: entry.call_id, url: this.hass!.hassUrl(url) };
    } catch (error) {
      await this.fail(error);
    }
  }

  private callBack(entry: LogEntry): void {
    void this.act("call_back", { call_id: entry.call_id, extension: this.own || undefined });
  }

  private filter(name: "shown" | "extension" | "search", value: string): void {
    this[name] = value;
    this.reload();
  }

  private dayOf(moment: string): string {
    const day = (date: Date) => this.formatter({ dateStyle: "full" }).format(date);
    const [its, now] = [new Date(moment), new Date()];
    if (day(its) === day(now)) return this.localize("today");
    now.setDate(now.getDate() - 1);
    return day(its) === day(now) ? this.localize("yesterday") : day(its);
  }

  private format(moment: string, options: Intl.DateTimeFormatOptions): string {
    return this.formatter(options).format(new Date(moment));
  }

  private formatters = new Map<string, Intl.DateTimeFormat>();

  /** Return a formatter in the person's language, clock and time zone; making one is slow. */
  private formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const { locale, config } = this.hass!;
    const hour12 = { "12": true, "24": false }[locale.time_format];
    const key = JSON.stringify([locale, config.time_zone, options]);
    let made = this.formatters.get(key);
    if (!made) {
      made = new Intl.DateTimeFormat(locale.language, {
        ...options,
        ...(hour12 === undefined || !options.timeStyle ? {} : { hour12 }),
        ...(locale.time_zone === "server" ? { timeZone: config.time_zone } : {}),
      });
      this.formatters.set(key, made);
    }
    return made;
  }

  protected override updated(): void {
    const first = this.entries.length ? keyOf(this.entries[0]) : "";
    if (first !== this.first) this.rest(this.renderRoot.querySelectorAll(".log ul"));
    this.first = first;
    const end = this.renderRoot.querySelector(".end");
    if (!end) return;
    // Observed anew after each page: one that does not fill the card leaves the end in sight.
    this.observer?.disconnect();
    this.observer = new IntersectionObserver(
      (seen) => seen.some((each) => each.isIntersecting) && this.more(),
      { root: end.parentElement, rootMargin: "400px" },
    );
    if (this.next !== null && !this.loading) this.observer.observe(end);
  }

  static override styles = [
    shared,
    css`
      .filters {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
      }
      .filters input {
        grid-column: 1 / -1;
      }
      .log {
        flex: 1;
        min-height: 120px;
        max-height: var(--ippbx-log-height, 640px);
        overflow-y: auto;
        margin: 0 -16px -16px;
        padding: 0 16px 16px;
      }
      h3 {
        position: sticky;
        top: 0;
        padding: 6px 0;
        background: var(--ha-card-background, var(--card-background-color, Canvas));
        z-index: 1;
      }
      li {
        content-visibility: auto;
        contain-intrinsic-size: auto 56px;
      }
      .entry {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 48px;
        padding: 4px 0;
      }
      .entry > .icon {
        color: var(--primary-color);
      }
      .missed > .icon {
        color: var(--error-color);
      }
      .missed .name {
        font-weight: var(--ha-font-weight-bold, 700);
      }
      .who {
        flex: 1;
        min-width: 0;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      audio {
        width: 100%;
        height: 40px;
        margin-bottom: 8px;
      }
      .end {
        padding: 12px 0 0;
        text-align: center;
      }
    `,
  ];
}

const keyOf = (entry: LogEntry): string => entry.call_id ?? `gap ${entry.started}`;
