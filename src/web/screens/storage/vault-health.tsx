import { Text } from '@mantine/core';
import type { VaultAnswer } from '#server/contract/vault-contract.ts';
import type { VaultStatus } from '../../api/queries.ts';
import { count, relative } from '../../format/format.ts';
import { State, type Tone } from '../../parts/state.tsx';
import { texts } from '../../texts/en.ts';

const t = texts.storage;
/** Longer without a check than this is worth a warning: a check a week, and a month of grace. */
const staleMs = 35 * 86_400_000;

/** One line: whether the vault is sound as far as anybody has looked, and how far that is. */
export function VaultHealth({ vault, status }: { vault: VaultAnswer; status: VaultStatus | undefined }) {
  const [tone, words, more] = healthOf(vault, status?.damagedSnapshots ?? 0, Date.now());
  return (
    <div>
      <State tone={tone}>{words}</State>
      {more ? (
        <Text size="sm" c="dimmed" mt={2}>
          {more}
        </Text>
      ) : null}
    </div>
  );
}

/** What is known of a vault: the tone, the words, and what to do. */
export function healthOf(
  { checked, checkOk, checkPercent }: Pick<VaultAnswer, 'checked' | 'checkOk' | 'checkPercent'>,
  damagedSnapshots: number,
  now: number,
): [tone: Tone, words: string, more: string | null] {
  if (damagedSnapshots > 0) return ['failed', t.damaged(count(damagedSnapshots)), t.repairHint];
  if (checked === null) return ['warning', t.notChecked, t.checkHint];
  const ago = relative(checked, now);
  if (checkOk === false) return ['failed', t.problemsFound(ago), t.repairHint];
  const words = checkPercent ? t.soundRead(ago, count(checkPercent)) : t.soundListed(ago);
  if (now - Date.parse(checked) > staleMs) return ['warning', words, t.staleHint];
  return ['ok', words, checkPercent ? null : t.listedHint];
}
