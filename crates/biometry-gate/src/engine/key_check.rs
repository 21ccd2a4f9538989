use biometry_client::Client;

use super::Engine;
use super::config_error::ConfigError;
use super::project::OpenProject;

/// What the platform itself says of every project's key.
pub(crate) async fn check_keys(engine: &Engine) -> Result<(), ConfigError> {
    for project in engine.projects.all() {
        for client in project.client.for_each_key() {
            check_key(engine, project, &client).await?;
        }
    }
    Ok(())
}

async fn check_key(engine: &Engine, project: &OpenProject, client: &Client) -> Result<(), ConfigError> {
    let info = match tokio::time::timeout(engine.settings.platform_timeout, client.key_info()).await {
        Ok(Ok(reply)) => reply.into_inner(),
        Ok(Err(error)) => {
            return Err(ConfigError::new(format!("the platform does not tell about the api key: {error}")));
        }
        Err(_) => return Err(ConfigError::new("the platform does not tell about the api key in time")),
    };
    if !info.is_active() {
        return Err(ConfigError::new("the platform says that the api key is not active: mint a new one"));
    }
    let mut required = project.policies.values().flat_map(|policy| policy.required().iter());
    match required.find(|&service| !info.includes(service)) {
        None => Ok(()),
        Some(service) => Err(ConfigError::new(format!(
            "the platform says that the api key does not include {}: select the service in its console",
            service.as_str(),
        ))),
    }
}
