//! The wiring of what has to do with stored pictures.

use std::sync::Arc;

use super::Atelier;
use crate::ports::{PictureReader, PictureRemover, PictureWriter};
use crate::service::cleanup::Removal;
use crate::service::limits::UploadQuota;
use crate::service::{Links, Pictures, Thumbnails, Uploads};
use crate::store::{ThumbnailWriter, UploadWriter};

impl Atelier {
    /// Uploading pictures.
    pub fn uploads(&self) -> Uploads {
        let rows = UploadWriter::new(Arc::clone(&self.0.ports.database));
        Uploads::new(self.upload_quota(), rows, self.picture_writer(), self.ids())
    }

    /// Storing thumbnails.
    pub fn thumbnails(&self) -> Thumbnails {
        let rows = ThumbnailWriter::new(Arc::clone(&self.0.ports.database));
        Thumbnails::new(self.jobs(), rows, self.picture_writer(), self.removal())
    }

    /// Stored pictures, for everybody with a link.
    pub fn pictures(&self) -> Pictures {
        let signer = self.0.config.signer.clone();
        Pictures::new(signer, self.picture_reader(), self.clock())
    }

    /// Links to pictures.
    pub fn links(&self) -> Links {
        let config = &self.0.config;
        Links::new(config.signer.clone(), config.public_url.clone())
    }

    pub(super) fn upload_quota(&self) -> UploadQuota {
        UploadQuota::new(self.reader(), self.0.config.upload_limits, self.clock())
    }

    pub(super) fn picture_reader(&self) -> Arc<dyn PictureReader> {
        Arc::clone(&self.0.ports.pictures) as Arc<dyn PictureReader>
    }

    pub(super) fn picture_writer(&self) -> Arc<dyn PictureWriter> {
        Arc::clone(&self.0.ports.pictures) as Arc<dyn PictureWriter>
    }

    pub(super) fn picture_remover(&self) -> Arc<dyn PictureRemover> {
        Arc::clone(&self.0.ports.pictures) as Arc<dyn PictureRemover>
    }

    pub(super) fn removal(&self) -> Removal {
        Removal::new(self.picture_remover())
    }
}
