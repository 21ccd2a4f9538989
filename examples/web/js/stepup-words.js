/** What the dialog says in each of its states, by what it is open for. */

/** Panel, step and texts of each state that a name alone describes. */
export const SCREENS = {
  review: { panel: 'review', step: 'review' },
  consent: { panel: 'consent', step: 'review' },
  'opening-start': { panel: 'opening', step: 'review', heading: 'One moment', text: '' },
  'opening-camera': { panel: 'opening', step: 'record', heading: 'Opening the camera', text: 'Your browser may ask whether this page may use camera and microphone.' },
  'opening-phrase': { panel: 'opening', step: 'record', heading: 'Getting your phrase', text: 'One moment.' },
  framing: { panel: 'picture', step: 'record' },
  looking: { panel: 'picture', step: 'record' },
  ready: { panel: 'capture', step: 'record' },
  countdown: { panel: 'capture', step: 'record' },
  recording: { panel: 'capture', step: 'record' },
  uploading: { panel: 'sending', step: 'check', heading: 'Sending your video', text: '' },
  processing: { panel: 'sending', step: 'check', heading: 'Checking that it’s you', text: 'This usually takes a few seconds.' },
  finishing: { panel: 'sending', step: 'check', heading: 'It’s you. Finishing up', text: '' },
  done: { panel: 'done', step: 'check', heading: 'It’s you' },
  problem: { panel: 'problem', step: undefined },
};
/** What the dialog is called, and where its words differ from those above. */
export const KINDS = {
  stepup: { title: 'Confirm it’s you' },
  login: { title: 'Sign in with your face' },
  voice: {
    title: 'Add your voice',
    'opening-camera': { heading: 'Opening the microphone', text: 'Your browser may ask whether this page may use it.' },
    uploading: { heading: 'Sending your recording' },
    processing: { heading: 'Listening to your recording' },
    finishing: { heading: 'Finishing up' },
    done: { heading: 'Your voice is set up' },
  },
  portrait: {
    title: 'Add your face',
    'opening-camera': { heading: 'Opening the camera', text: 'Your browser may ask whether this page may use it.' },
    uploading: { heading: 'Sending your picture' },
    processing: { heading: 'Looking at your picture' },
    done: { heading: 'Your face is set up' },
  },
  document: {
    title: 'Check your document',
    'opening-camera': { heading: 'Opening the camera', text: 'Your browser may ask whether this page may use it.' },
    uploading: { heading: 'Sending your picture' },
    processing: { heading: 'Looking at your document' },
    done: { heading: 'Your document is accepted' },
  },
};
