import { FIRST_PAGE, type RecordPage } from '@bff/state';

/** Reads all pages of the session store. */
export async function* recordPages(
  read: (cursor: string) => Promise<RecordPage>,
): AsyncGenerator<RecordPage> {
  let cursor = FIRST_PAGE;
  do {
    const page = await read(cursor);
    yield page;
    ({ cursor } = page);
  } while (cursor !== FIRST_PAGE);
}
