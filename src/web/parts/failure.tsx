import { Alert, Button } from '@mantine/core';
import { ApiError } from '../api/client.ts';
import { texts } from '../texts/en.ts';

/** What went wrong, in the words of the server, and what to do. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const hint = error instanceof ApiError ? error.hint : undefined;
  return (
    <Alert color="red" title={texts.common.failed} role="alert">
      <p style={{ margin: 0 }}>{(error as Error).message}</p>
      {hint ? <p style={{ margin: '0.4rem 0 0' }}>{`${texts.common.whatToDo}: ${hint}`}</p> : null}
      {retry ? (
        <Button mt="sm" size="xs" variant="default" onClick={retry}>
          {texts.common.retry}
        </Button>
      ) : null}
    </Alert>
  );
}
