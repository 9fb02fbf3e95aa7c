import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './app.css';
import { ApiError } from './api/client.ts';
import { router } from './routes.tsx';
import { theme } from './theme.ts';

/** A session that is over is over everywhere: the page asks who is there, and shows the log-in. */
const noteError = (error: Error) => {
  if (error instanceof ApiError && error.status === 401) client.setQueryData(['me'], null);
};

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteError }),
  mutationCache: new MutationCache({
    // The answer to a wrong password is 401 too, and nothing is over then.
    onError: (error, _variables, _result, mutation) => mutation.meta?.isSignIn !== true && noteError(error),
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A server that restarts is back soon; what it refuses it refuses again. After some seconds one is told, and can try again.
      retry: (failures, error) => error instanceof ApiError && (error.status === 0 || error.status >= 500) && failures < 3,
      retryDelay: (attempt) => Math.min(10_000, 500 * 2 ** attempt),
    },
  },
});

/** The policy of the server allows styles of this page alone, which it marks. */
const nonce = document.querySelector('meta[name="style-nonce"]')?.getAttribute('content') ?? undefined;

// The part of Mantine that keeps the page behind a dialogue still reads it from here.
(globalThis as { __webpack_nonce__?: string | undefined }).__webpack_nonce__ = nonce;

createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" {...(nonce ? { getStyleNonce: () => nonce } : {})}>
    <Notifications position="bottom-right" />
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </MantineProvider>,
);
