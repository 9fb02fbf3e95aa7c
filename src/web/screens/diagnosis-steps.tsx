import { Table, Text } from '@mantine/core';
import type { Diagnosis } from '#server/contract/site-contract.ts';
import { State } from '../parts/state.tsx';
import { texts } from '../texts/en.ts';

const tones = { ok: 'ok', warning: 'warning', failed: 'failed', skipped: 'off' } as const;

/** What was tried of a site, step by step, and what to do where it did not go well. */
export function DiagnosisSteps({ of }: { of: Diagnosis }) {
  return (
    <div className="wide" role="status">
      <Table mt="sm" aria-label={texts.settings.test}>
        <Table.Tbody>
          {of.steps.map(({ name, state, message, hint }) => (
            <Table.Tr key={name}>
              <Table.Td w="1%">
                <State tone={tones[state]}>{name}</State>
              </Table.Td>
              <Table.Td>
                {message}
                {hint ? (
                  <Text size="sm" c="dimmed">
                    {`${texts.common.whatToDo}: ${hint}`}
                  </Text>
                ) : null}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
