import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { configure, fetch, isStepUpCancelled } from 'biometry-gate-ui';

configure({ mount: '/biometry' });

function Statement() {
  const [said, say] = useState('');
  const show = async () => {
    try {
      say((await (await fetch('/api/statement')).json()).balance);
    } catch (error) {
      say(isStepUpCancelled(error) ? 'not now' : String(error));
    }
  };
  return <><button onClick={show}>Show</button><output>{said}</output></>;
}

createRoot(document.body.appendChild(document.createElement('main'))).render(<Statement />);
