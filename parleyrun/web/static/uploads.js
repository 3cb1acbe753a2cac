import { element } from './content.js';
import { words } from './words.js';

/** What may be sent: the types that the server keeps (docs/talks.md). */
const KINDS = /^(image\/(png|jpeg|gif|webp)|video\/(mp4|webm)|audio\/(mpeg|mp4|x-m4a|ogg|wav|x-wav|webm)|application\/pdf)$/u;
const MADE_SMALLER = /^image\/(png|jpeg|webp)$/u;
const SIDES_PX = [2_560, 1_600, 1_024];
const QUALITY = 0.85;

/**
 * @typedef {{type: 'image' | 'video' | 'audio' | 'file', data: string, mime: string, name: string, alt?: string}} Upload
 * @typedef {{attach: HTMLButtonElement, picker: HTMLInputElement, box: HTMLElement, preview: HTMLElement,
 *   name: HTMLElement, alt: HTMLInputElement, remove: HTMLButtonElement}} Parts
 */

/** The file that goes along with the next message: chosen, pasted or dropped, where files may be sent. */
export class Uploads {
  #parts;
  #handlers;
  /** how many bytes a file may have; 0 where none may be sent */
  #most = 0;
  /** @type {Upload | null} */
  #chosen = null;
  #choice = 0;

  /**
   * @param {Parts} parts
   * @param {{onRefused: (why: string) => void, onChosen: () => void, mayPaste: () => boolean, onBlocked: () => void}} handlers
   *   `onBlocked` is told of a file that is pasted or dropped where `mayPaste` forbids it
   */
  constructor(parts, handlers) {
    this.#parts = parts;
    this.#handlers = handlers;
    parts.attach.onclick = () => parts.picker.click();
    parts.picker.onchange = () => {
      this.#choose(parts.picker.files?.[0]);
      parts.picker.value = '';
    };
    parts.remove.onclick = () => {
      this.put(null);
      handlers.onChosen();
    };
    document.addEventListener('paste', (event) => {
      const { files = null, types = [] } = event.clipboardData ?? {};
      // Words that come with a picture of themselves, as from a table, are words.
      if (files?.length && !types.includes('text/plain')) this.#brought(event, files[0]);
    });
    // A file that falls beside the field would take the place of the whole page.
    document.addEventListener('dragover', (event) => carriesFile(event) && event.preventDefault());
    document.addEventListener('drop', (event) => carriesFile(event) && this.#brought(event, event.dataTransfer?.files[0]));
  }

  /** @param {number} bytes how large a file may be here; 0 where none may be sent */
  set most(bytes) {
    this.#most = bytes;
    const { attach } = this.#parts;
    attach.hidden = bytes === 0;
    attach.title = attach.ariaLabel = words.attach(sizeOf(bytes));
    if (bytes === 0) this.put(null);
  }

  get waits() {
    return this.#chosen !== null;
  }

  /** The file, with what was said of it; it is no longer here then. @returns {Upload | null} */
  take() {
    const upload = this.#chosen;
    const alt = this.#parts.alt.value.trim();
    this.put(null);
    return upload && (alt ? { ...upload, alt } : upload);
  }

  /** @param {Upload | null} upload */
  put(upload) {
    const { box, preview, name, alt, remove } = this.#parts;
    this.#choice += 1;
    this.#chosen = upload;
    box.hidden = upload === null;
    preview.replaceChildren();
    alt.value = upload?.alt ?? '';
    if (upload === null) return;
    name.textContent = `${upload.name} · ${sizeOf((upload.data.length * 3) / 4)}`;
    remove.ariaLabel = remove.title = words.removeFile(upload.name);
    if (upload.type !== 'image') return;
    const picture = element('img', '');
    picture.alt = '';
    picture.src = `data:${upload.mime};base64,${upload.data}`;
    preview.append(picture);
  }

  /** @param {Event} event @param {File | undefined} file */
  #brought(event, file) {
    event.preventDefault();
    if (!this.#handlers.mayPaste()) this.#handlers.onBlocked();
    else if (this.#most > 0) this.#choose(file);
  }

  /** @param {File | undefined} file */
  async #choose(file) {
    if (file === undefined) return;
    const { onRefused, onChosen } = this.#handlers;
    if (!KINDS.test(file.type)) return onRefused(words.fileKind);
    this.#choice += 1;
    const choice = this.#choice;
    const small = file.size <= this.#most ? file : await madeSmaller(file, this.#most);
    if (small === null) return onRefused(words.fileTooLarge(sizeOf(this.#most)));
    const data = await base64Of(small);
    // Another one was chosen meanwhile, or the conversation is over.
    if (choice !== this.#choice || this.#most === 0) return undefined;
    this.put({ type: kindOf(small.type), data, mime: small.type, name: file.name || words.attachment });
    return onChosen();
  }
}

/** @param {DragEvent} event */
function carriesFile(event) {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** @param {string} mime @returns {Upload['type']} */
function kindOf(mime) {
  const kind = mime.split('/')[0];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'file';
}

/** @param {number} bytes */
function sizeOf(bytes) {
  return bytes < 1_000_000 ? words.kilobytes(Math.ceil(bytes / 1_000)) : words.megabytes(bytes / 1_000_000);
}

/** @param {Blob} blob @returns {Promise<string>} */
function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** A photograph as phones take it is mostly larger than what may be sent. @param {File} file @param {number} most @returns {Promise<Blob | null>} */
async function madeSmaller(file, most) {
  if (!MADE_SMALLER.test(file.type)) return null;
  const picture = await createImageBitmap(file).catch(() => null);
  if (picture === null) return null;
  for (const side of SIDES_PX) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = element('canvas', '');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((/** @type {(made: Blob | null) => void} */ made) =>
      canvas.toBlob(made, file.type === 'image/png' ? 'image/webp' : file.type, QUALITY),
    );
    if (blob !== null && blob.size <= most && KINDS.test(blob.type)) return blob;
  }
  return null;
}
