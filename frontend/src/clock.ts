/** A running clock. All clocks of a page share one timer, and write nothing but their own text. */

const running = new Set<PbxClock>();
let timer = 0;

/** Return a duration as 0:05, 12:34 or 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export class PbxClock extends HTMLElement {
  private from = 0;

  /** When it began, in milliseconds of this browser's clock. */
  set since(value: number) {
    this.from = value;
    this.tick();
  }

  connectedCallback(): void {
    running.add(this);
    timer ||= window.setInterval(() => running.forEach((each) => each.tick()), 1000);
    this.tick();
  }

  disconnectedCallback(): void {
    running.delete(this);
    if (!running.size) {
      clearInterval(timer);
      timer = 0;
    }
  }

  private tick(): void {
    const text = duration((Date.now() - this.from) / 1000);
    if (text !== this.textContent) this.textContent = text;
  }
}
