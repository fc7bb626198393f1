import { Injectable } from '@nestjs/common';

/** How many bytes of answers this process holds at once, those included that slow browsers have not read yet. */
const MAX_HELD_BYTES = 512 * 1024 * 1024;

/** The byte budget of answers in memory (architecture.md decision 12). */
@Injectable()
export class AnswerRoom {
  private held = 0;

  take(bytes: number): boolean {
    if (this.held + bytes > MAX_HELD_BYTES) return false;
    this.held += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.held -= bytes;
  }
}
