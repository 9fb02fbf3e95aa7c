import { Checkbox, Select, Stack, Text, TextInput } from '@mantine/core';
import { texts } from '../../texts/en.ts';
import { CardChoice } from './card-choice.tsx';
import { takesStaging } from './draft.ts';
import { isAdministratorOf } from './rights.ts';
import type { StepProps } from './step-props.ts';

const t = texts.restore;

/** The site, what happens to spaces that it has, and what is out of the ordinary. */
export function WhereStep(props: StepProps) {
  const { me, draft, change } = props;
  const isSite = draft.scope === 'SITE';
  const isAdministrator = isAdministratorOf(me, draft.source);
  return (
    <Stack>
      {draft.from === 'file' ? <Text size="sm">{t.fileStays(draft.source)}</Text> : <Target {...props} />}
      {isSite ? null : <Existing {...props} isAdministrator={isAdministrator} />}
      {takesStaging(draft) ? (
        <>
          <Checkbox
            label={t.staging}
            description={t.stagingHelp}
            checked={draft.staging}
            onChange={(event) => change({ staging: event.currentTarget.checked })}
          />
          {draft.staging ? (
            <TextInput
              label={t.stagingUrl}
              placeholder="https://confluence-test.example.com"
              type="url"
              value={draft.stagingUrl}
              onChange={(event) => change({ stagingUrl: event.currentTarget.value.trim() })}
              maw={420}
            />
          ) : null}
        </>
      ) : null}
      {isAdministrator ? (
        <details open={draft.acceptVersion || draft.withoutAppData}>
          <summary>{t.options}</summary>
          <Stack gap="sm" mt="sm">
            <Checkbox
              label={t.acceptVersion}
              description={t.acceptVersionHelp}
              checked={draft.acceptVersion}
              onChange={(event) => change({ acceptVersion: event.currentTarget.checked })}
            />
            {isSite && draft.from === 'file' ? (
              <Checkbox
                label={t.withoutAppData}
                checked={draft.withoutAppData}
                onChange={(event) => change({ withoutAppData: event.currentTarget.checked })}
              />
            ) : null}
          </Stack>
        </details>
      ) : null}
    </Stack>
  );
}

function Target({ me, sites, draft, change }: StepProps) {
  const isSite = draft.scope === 'SITE';
  const others = sites.map(({ name }) => name).filter((name) => name !== draft.source && isAdministratorOf(me, name));
  return (
    <>
      <CardChoice
        label={t.into}
        value={draft.target}
        onChange={(target) => change({ target, targetName: target === 'other' && others.length === 1 ? others[0] : '' })}
        options={[
          { value: 'same', label: t.same(draft.source), help: isSite ? t.sameWhole : t.sameSpaces },
          ...(others.length > 0 ? [{ value: 'other' as const, label: t.other, help: t.otherHelp }] : []),
          ...(me.role === 'server-administrator' ? [{ value: 'sandbox' as const, label: t.sandbox, help: t.sandboxHelp }] : []),
        ]}
      />
      {draft.target === 'other' ? (
        <Select
          label={t.otherSite}
          data={others}
          placeholder={texts.backup.chooseOne}
          value={draft.targetName || null}
          onChange={(name) => change({ targetName: name ?? '' })}
          searchable
          maw={320}
        />
      ) : null}
      {draft.target === 'sandbox' ? (
        <TextInput
          label={t.sandboxName}
          description={t.sandboxNameHelp}
          value={draft.targetName}
          onChange={(event) => change({ targetName: event.currentTarget.value.trim().toLowerCase() })}
          maw={320}
        />
      ) : null}
    </>
  );
}

function Existing({ draft, change, isAdministrator }: StepProps & { isAdministrator: boolean }) {
  return (
    <>
      <CardChoice
        label={t.existing}
        value={draft.existing}
        onChange={(existing) => change({ existing })}
        options={[
          { value: 'skip', label: t.skip, help: t.skipHelp },
          { value: 'replace', label: t.replace, help: t.replaceHelp },
          ...(isAdministrator ? [{ value: 'as' as const, label: t.as, help: t.asHelp }] : []),
        ]}
      />
      {draft.existing === 'as' ? (
        <TextInput
          label={t.asKey}
          description={t.asKeyHelp}
          value={draft.asKey}
          onChange={(event) => change({ asKey: event.currentTarget.value.trim() })}
          maw={320}
        />
      ) : null}
    </>
  );
}
