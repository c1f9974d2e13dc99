/** Milliseconds as a person reads a countdown: `04:07`, `2:04:07`, `3d 04:07`. */
export function untilText(left: number): string {
  const seconds = Math.max(0, Math.ceil(left / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = two(Math.floor(seconds / 60) % 60);
  if (hours >= 24) return `${Math.floor(hours / 24)}d ${two(hours % 24)}:${minutes}`;
  const tail = `${minutes}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** What `<input type="datetime-local">` holds for a moment, in the reader's own time zone. */
export function localInput(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The ends that a snooze or mute window is offered, in hours, none longer than is allowed. */
export function offeredHours(most: number): number[] {
  const offers = most < 24 ? [0.5, 1, 2, 4, 8] : [1, 4, 8, 24, 72, 168];
  return offers.filter((hours) => hours <= most);
}
