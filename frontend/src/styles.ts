import { css } from "lit";

/** What all cards share, in the colours of Home Assistant's theme. */
export const shared = css`
  :host {
    --tint: color-mix(in srgb, var(--primary-color) 16%, transparent);
    --line: var(--divider-color, #e0e0e0);
    display: block;
    height: 100%;
  }
  ha-card {
    display: flex;
    flex-direction: column;
    gap: 12px;
    height: 100%;
    box-sizing: border-box;
    padding: 16px;
    overflow: clip;
    color: var(--primary-text-color);
  }
  .icon {
    width: 20px;
    height: 20px;
    flex: none;
    fill: currentColor;
  }
  .head {
    display: flex;
    align-items: center;
    gap: 8px;
    flex-wrap: wrap;
  }
  h2,
  h3 {
    margin: 0;
    font-weight: var(--ha-font-weight-medium, 500);
  }
  h2 {
    flex: 1;
    font-size: var(--ha-font-size-xl, 20px);
    overflow-wrap: anywhere;
  }
  h3 {
    font-size: var(--ha-font-size-m, 14px);
    color: var(--secondary-text-color);
  }
  ul {
    list-style: none;
    margin: 0;
    padding: 0;
  }
  button,
  input,
  select {
    font: inherit;
    color: inherit;
    min-height: 40px;
    box-sizing: border-box;
    border-radius: 10px;
  }
  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    padding: 6px 12px;
    border: none;
    background: var(--tint);
    cursor: pointer;
    text-align: start;
  }
  button .icon {
    color: var(--primary-color);
  }
  button.plain {
    background: none;
  }
  button.round {
    width: 40px;
    padding: 0;
    border-radius: 50%;
    flex: none;
  }
  button.end {
    background: color-mix(in srgb, var(--error-color) 16%, transparent);
  }
  button.end .icon {
    color: var(--error-color);
  }
  button[aria-pressed="true"],
  button[aria-expanded="true"] {
    background: color-mix(in srgb, var(--primary-color) 32%, transparent);
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  @media (hover: hover) {
    button:hover:enabled {
      filter: brightness(0.94) saturate(1.3);
    }
  }
  :is(button, input, select, [tabindex]):focus-visible {
    outline: 2px solid var(--primary-color);
    outline-offset: 1px;
  }
  input,
  select {
    width: 100%;
    min-width: 0;
    padding: 6px 12px;
    border: 1px solid var(--line);
    background: var(--card-background-color, Canvas);
  }
  select {
    text-overflow: ellipsis;
  }
  input::placeholder {
    color: var(--secondary-text-color);
    opacity: 1;
  }
  /* A name is cut at its own end, which is another one than the page's where scripts differ. */
  .name bdi {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .second,
  .empty {
    color: var(--secondary-text-color);
    font-size: var(--ha-font-size-s, 12px);
  }
  .empty {
    margin: 0;
    font-size: var(--ha-font-size-m, 14px);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  .error {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 4px 4px 4px 12px;
    border-radius: 10px;
    background: color-mix(in srgb, var(--error-color) 16%, transparent);
  }
  .error > span {
    flex: 1;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  ippbx-clock {
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
`;
