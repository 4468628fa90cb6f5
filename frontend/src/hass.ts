/** What the cards use of Home Assistant's frontend. */

export interface EntityState {
  entity_id: string;
  state: string;
  last_changed: string;
  attributes: Record<string, unknown>;
}

export interface Device {
  id: string;
  identifiers: [string, string][];
  name: string | null;
  name_by_user: string | null;
  serial_number: string | null;
  primary_config_entry: string | null;
}

export interface Entity {
  entity_id: string;
  device_id?: string | null;
  platform?: string;
  translation_key?: string;
}

export interface Connection {
  subscribeMessage<T>(
    callback: (message: T) => void,
    command: object,
    options?: { resubscribe?: boolean },
  ): Promise<() => Promise<void>>;
  addEventListener(event: string, callback: () => void): void;
  removeEventListener(event: string, callback: () => void): void;
}

export interface Hass {
  connection: Connection;
  states: Record<string, EntityState | undefined>;
  devices: Record<string, Device>;
  entities: Record<string, Entity>;
  language: string;
  locale: { language: string; time_format: string; time_zone: string };
  config: { time_zone: string };
  callWS<T>(message: object): Promise<T>;
  callService(
    domain: string,
    service: string,
    data: object,
    target?: object,
    notifyOnError?: boolean,
    returnResponse?: boolean,
  ): Promise<{ response?: Record<string, string> }>;
  formatEntityState(state: EntityState): string;
  hassUrl(path: string): string;
  loadBackendTranslation(
    category: string,
    integration: string,
  ): Promise<(key: string, placeholders?: Record<string, string>) => string>;
}

export const DOMAIN = "ippbx";

/** An error of a command or an action, as Home Assistant sends it. */
export interface HassError {
  code?: string | number;
  message?: string;
  translation_domain?: string;
  translation_key?: string;
  translation_placeholders?: Record<string, string>;
}

/** Return an error in the words that Home Assistant has for it everywhere. */
export async function wordsOf(hass: Hass, thrown: unknown): Promise<string> {
  const error = thrown as HassError;
  if (error.translation_domain && error.translation_key) {
    const localize = await hass.loadBackendTranslation("exceptions", error.translation_domain);
    const words = localize(
      `component.${error.translation_domain}.exceptions.${error.translation_key}.message`,
      error.translation_placeholders,
    );
    if (words) return words;
  }
  return error.message || String(thrown);
}

/** Fire an event that Home Assistant's frontend listens to. */
export function fire(target: EventTarget, type: string, detail: object): void {
  target.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
}
