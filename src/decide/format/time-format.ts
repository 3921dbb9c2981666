// Times in logs and headers: ISO 8601 with milliseconds, or a pattern in strftime's letters as far as Envoy's users need them. UTC.

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** One after the other, requests often fall into the same millisecond. */
let lastMs = Number.NaN;
let lastText = '';

export function isoTime(ms: number): string {
  const whole = Math.floor(ms);
  if (whole !== lastMs) {
    lastMs = whole;
    lastText = new Date(whole).toISOString();
  }
  return lastText;
}

/** `%3f` and `%E3S` are parts of a second in so many digits; `%s` is seconds since the epoch. */
export function formatTime(ms: number, pattern: string): string {
  const date = new Date(Math.floor(ms));
  return pattern.replace(
    /%(E?)([1-9]|\*)?([a-zA-Z%])/g,
    (whole, e: string, digits: string | undefined, letter: string) =>
      letterText(
        { date, ms, digits: digits === undefined || digits === '*' ? undefined : Number(digits) },
        letter,
        e,
      ) ?? whole,
  );
}

interface Instant {
  readonly date: Date;
  readonly ms: number;
  readonly digits: number | undefined;
}

function letterText(instant: Instant, letter: string, e: string): string | undefined {
  const { date, digits, ms } = instant;
  if (letter === 'f') return fraction(ms, digits ?? 9);
  if (letter === 'S')
    return e === '' ? pad(date.getUTCSeconds()) : `${pad(date.getUTCSeconds())}.${fraction(ms, digits ?? 9)}`;
  if (letter === 's')
    return digits === undefined ? String(Math.floor(ms / 1000)) : `${Math.floor(ms / 1000)}${fraction(ms, digits)}`;
  return dateText(date, letter);
}

function dateText(date: Date, letter: string): string | undefined {
  const iso = date.toISOString();
  switch (letter) {
    case 'Y':
      return String(date.getUTCFullYear());
    case 'y':
      return iso.slice(2, 4);
    case 'm':
      return iso.slice(5, 7);
    case 'd':
      return iso.slice(8, 10);
    case 'e':
      return String(date.getUTCDate()).padStart(2);
    case 'H':
      return iso.slice(11, 13);
    case 'I':
      return pad(date.getUTCHours() % 12 || 12);
    case 'M':
      return iso.slice(14, 16);
    case 'p':
      return date.getUTCHours() < 12 ? 'AM' : 'PM';
    case 'F':
      return iso.slice(0, 10);
    case 'T':
      return iso.slice(11, 19);
    case 'R':
      return iso.slice(11, 16);
    case 'D':
      return `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(2, 4)}`;
    case 'b':
    case 'h':
      return months[date.getUTCMonth()];
    case 'a':
      return days[date.getUTCDay()];
    case 'j':
      return pad(
        (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) -
          Date.UTC(date.getUTCFullYear(), 0, 0)) /
          86_400_000,
        3,
      );
    case 'z':
      return '+0000';
    case 'Z':
      return 'UTC';
    case '%':
      return '%';
    default:
      return undefined;
  }
}

/** Parts of a second, cut off, not rounded. */
function fraction(ms: number, digits: number): string {
  const nanoseconds = Math.floor((ms - Math.floor(ms / 1000) * 1000) * 1_000_000);
  return pad(nanoseconds, 9).slice(0, digits);
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0');
}
