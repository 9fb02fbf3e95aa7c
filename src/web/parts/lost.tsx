import { Anchor, Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { texts } from '../texts/en.ts';
import { Empty } from './empty.tsx';
import { Page } from './page.tsx';

/** An address without a screen. */
export function Lost() {
  return (
    <Page title={texts.common.notFound}>
      <Empty text={texts.common.notFound}>
        <Anchor component={Link} to="/">
          {texts.common.toHome}
        </Anchor>
      </Empty>
    </Page>
  );
}

/** A screen whose program is not there any more, or broke: the page is loaded anew. */
export function Outdated() {
  return (
    <Empty icon="warning" text={texts.common.outdated}>
      <Button variant="default" onClick={() => location.reload()}>
        {texts.common.reload}
      </Button>
    </Empty>
  );
}
