/** The calls of a PBX, over one subscription that all cards of a page share. */

import type { Connection, Hass, HassError } from "./hass";

export interface Leg {
  extension: string;
  state: string | null;
  other: string;
  other_name: string;
  outside: boolean;
}

export interface Call {
  call_id: string;
  state: "invited" | "dialing" | "ringing" | "talking" | "on_hold";
  direction?: "inbound" | "outbound" | "internal";
  caller?: string;
  caller_name?: string;
  callee?: string;
  callee_name?: string;
  answered_by?: string;
  trunk?: string;
  did?: string;
  path?: string;
  started: string;
  answered: string | null;
  legs: Leg[];
}

export interface LogEntry {
  kind: "call" | "gap";
  call_id: string;
  direction?: "inbound" | "outbound" | "internal";
  outcome?: string;
  caller?: string;
  caller_name?: string;
  callee?: string;
  callee_name?: string;
  answered_by?: string;
  missed_by?: string[];
  also_answered?: string[];
  also_rang?: string[];
  recording?: string;
  trunk?: string;
  started: string;
  ended?: string;
  talk_seconds?: number;
}

interface Message {
  actions?: string[];
  own?: string;
  code?: string;
  names?: Record<string, string>;
  recordings?: boolean;
  now?: string;
  calls?: Record<string, Call | null>;
  logged?: LogEntry[];
  completed?: LogEntry[];
  closed?: true;
}

/** A call that waits in a slot. */
export interface Parked {
  slot: string;
  call: string;
  label: string;
  since: number;
  /** The extensions that still seem to talk in it, as they did when it was parked. */
  talking: string[];
}

/** An extension's part in a call. */
export interface Part {
  call: Call;
  leg: Leg;
}

/** Hears of new entries of the log, and of known ones that a late record has completed. */
export type FeedListener = (logged: LogEntry[], completed: LogEntry[]) => void;

const FIRST_RETRY = 2_000;
const LAST_RETRY = 10_000;

export class Feed {
  /** Calls in progress, oldest first. */
  calls: Call[] = [];
  /** The calls of each extension, oldest first. */
  of = new Map<string, Part[]>();
  actions = new Set<string>();
  /** The extension that the contacts link to the person; empty if there is none. */
  own = "";
  /** The country's calling code. */
  code = "";
  /** The names that contacts give to extensions, by number. */
  names: Record<string, string> = {};
  /** Whether the person may listen to recordings. */
  recordings = false;
  /** Calls that somebody parked with this page, as no PBX lists them with their parties. */
  parked: Parked[] = [];
  /** Extensions that were made to ask somebody with this page. */
  asking = new Set<string>();
  refused = false;
  /** Whether calls are known; undefined until that is, and false while the PBX is not loaded. */
  live?: boolean;
  /** How often all calls were sent: what was logged in between may be unknown. */
  snapshots = 0;
  /** How far the clock of this browser is ahead of Home Assistant's, in milliseconds. */
  ahead = 0;

  private byId = new Map<string, Call>();
  private listeners = new Set<FeedListener>();
  private subscription?: Promise<() => Promise<void>>;
  private retry = 0;
  private delay = FIRST_RETRY;

  constructor(private connection: Connection, private entryId: string) {}

  listen(listener: FeedListener): () => void {
    if (!this.listeners.size) {
      this.connection.addEventListener("ready", this.connect);
      this.connect();
    }
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (!this.listeners.size) {
        this.connection.removeEventListener("ready", this.connect);
        this.end();
      }
    };
  }

  changed(logged: LogEntry[] = [], completed: LogEntry[] = []): void {
    for (const listener of this.listeners) listener(logged, completed);
  }

  /** Return when something happened, in milliseconds of this browser's clock. */
  time(moment: string): number {
    return Date.parse(moment) + this.ahead;
  }

  private connect = (): void => {
    clearTimeout(this.retry);
    const subscription = this.connection.subscribeMessage<Message>(
      (message) => {
        if (subscription === this.subscription) this.receive(message);
      },
      { type: "ippbx/calls/subscribe", config_entry_id: this.entryId },
      { resubscribe: false },
    );
    this.subscription = subscription;
    subscription.catch((error: HassError) => {
      if (subscription !== this.subscription) return;
      this.refused = error?.code === "unauthorized";
      this.again();
    });
  };

  /** Connect again later, unless refused: the PBX is not loaded, or Home Assistant starts. */
  private again(): void {
    this.live = false;
    this.show([]);
    if (this.refused) return;
    this.retry = window.setTimeout(this.connect, this.delay);
    this.delay = Math.min(2 * this.delay, LAST_RETRY);
  }

  private end(): void {
    clearTimeout(this.retry);
    this.subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
    this.subscription = undefined;
  }

  private receive(message: Message): void {
    if (message.closed) {
      this.again();
      return;
    }
    if (message.actions) {
      this.delay = FIRST_RETRY;
      this.refused = false;
      this.live = true;
      this.snapshots++;
      this.actions = new Set(message.actions);
      this.own = message.own ?? "";
      this.code = message.code ?? "";
      this.names = message.names ?? {};
      this.recordings = !!message.recordings;
      this.byId.clear();
    }
    if (message.now) this.ahead = Date.now() - Date.parse(message.now);
    for (const [id, call] of Object.entries(message.calls ?? {})) {
      if (call) this.byId.set(id, call);
      else this.byId.delete(id);
    }
    this.show([...this.byId.values()], message.logged, message.completed);
  }

  private show(calls: Call[], logged?: LogEntry[], completed?: LogEntry[]): void {
    this.calls = calls.sort((a, b) => a.started.localeCompare(b.started));
    this.parked = this.parked.filter((each) => this.isParked(each));
    this.of = new Map();
    for (const call of this.calls) {
      for (const leg of call.legs) {
        const of = this.of.get(leg.extension) ?? [];
        of.push({ call, leg });
        this.of.set(leg.extension, of);
      }
    }
    this.changed(logged, completed);
  }

  /** Note that a call was parked. */
  park({ call_id }: Call, slot: string, label: string): void {
    const talking = talkingIn(this.byId.get(call_id));
    this.parked.push({ slot, call: call_id, label, since: Date.now(), talking });
    this.show(this.calls);
  }

  /** Return whether a parked call still waits: it is not over, and nobody has joined it. */
  private isParked(parked: Parked): boolean {
    const talking = talkingIn(this.byId.get(parked.call));
    const joined = talking.some((extension) => !parked.talking.includes(extension));
    parked.talking = talking;
    return this.byId.has(parked.call) && !joined;
  }
}

/** Return the extensions that talk in a call. */
const talkingIn = (call?: Call): string[] =>
  (call?.legs ?? []).filter(({ state }) => state === "talking").map(({ extension }) => extension);

const feeds = new WeakMap<Connection, Map<string, Feed>>();

/** Return the feed of a PBX; cards of one page share it. */
export function feedOf(hass: Hass, entryId: string): Feed {
  const ofConnection = feeds.get(hass.connection) ?? new Map<string, Feed>();
  feeds.set(hass.connection, ofConnection);
  const feed = ofConnection.get(entryId) ?? new Feed(hass.connection, entryId);
  ofConnection.set(entryId, feed);
  return feed;
}
